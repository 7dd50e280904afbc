import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.Restriction;
import org.apache.maven.artifact.versioning.VersionRange;

/** Answers, a line each: "range SPEC" → invalid, soft, single or range; "order A TAB B" → the sign of their order. */
public class Ranges {
    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line; (line = lines.readLine()) != null; ) {
            String rest = line.substring(6);
            if (line.startsWith("order ")) {
                String[] pair = rest.split("\t", -1);
                out.append(Integer.signum(new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]))));
            } else {
                out.append(kind(rest));
            }
            out.append('\n');
        }
        System.out.print(out);
    }

    private static String kind(String spec) {
        VersionRange range;
        try {
            range = VersionRange.createFromVersionSpec(spec);
        } catch (InvalidVersionSpecificationException e) {
            return "invalid";
        }
        if (range.getRecommendedVersion() != null) {
            return "soft";
        }
        if (range.getRestrictions().size() != 1) {
            return "range";
        }
        Restriction only = range.getRestrictions().get(0);
        boolean single = only.isLowerBoundInclusive() && only.isUpperBoundInclusive() && only.getLowerBound() != null
            && only.getUpperBound() != null && only.getLowerBound().compareTo(only.getUpperBound()) == 0;
        return single ? "single" : "range";
    }
}
