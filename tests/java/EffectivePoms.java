import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.model.Build;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Extension;
import org.apache.maven.model.Model;
import org.apache.maven.model.Parent;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.Repository;
import org.apache.maven.model.building.DefaultModelBuilderFactory;
import org.apache.maven.model.building.DefaultModelBuildingRequest;
import org.apache.maven.model.building.FileModelSource;
import org.apache.maven.model.building.ModelBuilder;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.ModelBuildingRequest;
import org.apache.maven.model.building.ModelProblemCollector;
import org.apache.maven.model.building.ModelSource;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;
import org.apache.maven.model.resolution.ModelResolver;
import org.apache.maven.model.resolution.UnresolvableModelException;
import org.apache.maven.model.validation.DefaultModelValidator;
import org.apache.maven.model.validation.ModelValidator;

/** Reads "DIRECTORY TAB POM TAB PROFILE TAB NAME=VALUE,…" and prints what Maven makes of that pom, with the poms below
 *  DIRECTORY as the only repository: "KIND TAB KEY TAB VERSION" lines, or one "error" line, then an empty line. */
public class EffectivePoms {
    private static final ModelBuilder BUILDER = new DefaultModelBuilderFactory() {
        @Override
        protected ModelValidator newModelValidator() {
            return new DefaultModelValidator(newModelVersionPropertiesProcessor()) {
                @Override
                public void validateEffectiveModel(Model model, ModelBuildingRequest request, ModelProblemCollector problems) {
                    // A missing version is what we want to see, not an error.
                }
            };
        }
    }.newInstance();

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        Map<String, Poms> repositories = new HashMap<>();
        StringBuilder out = new StringBuilder();
        for (String line; (line = lines.readLine()) != null; ) {
            String[] parts = line.split("\t", -1);
            if (!repositories.containsKey(parts[0])) {
                repositories.put(parts[0], new Poms(Paths.get(parts[0])));
            }
            try {
                print(effective(repositories.get(parts[0]), parts), out);
            } catch (ModelBuildingException e) {
                out.append("error\t").append(e.getProblems().get(0).getMessage().replaceAll("\\s+", " ")).append("\t\n");
            }
            out.append('\n');
        }
        System.out.print(out);
    }

    private static Model effective(Poms poms, String[] parts) throws ModelBuildingException {
        Properties user = new Properties();
        for (String pair : parts[3].split(",")) {
            if (!pair.isEmpty()) {
                user.setProperty(pair.split("=", 2)[0], pair.split("=", 2)[1]);
            }
        }
        ModelBuildingRequest request = new DefaultModelBuildingRequest()
            .setPomFile(new File(parts[0], parts[1]))
            .setModelResolver(poms)
            .setProcessPlugins(true)
            .setUserProperties(user)
            .setActiveProfileIds(parts[2].isEmpty() ? Collections.emptyList() : Collections.singletonList(parts[2]))
            .setValidationLevel(ModelBuildingRequest.VALIDATION_LEVEL_MINIMAL);
        return BUILDER.build(request).getEffectiveModel();
    }

    private static void print(Model model, StringBuilder out) {
        dependencies("dependency", model.getDependencies(), out);
        if (model.getDependencyManagement() != null) {
            dependencies("managed dependency", model.getDependencyManagement().getDependencies(), out);
        }
        Build build = model.getBuild();
        for (Plugin plugin : build.getPlugins()) {
            row("build plugin", plugin.getKey(), plugin.getVersion(), out);
            dependencies("plugin dependency", plugin.getDependencies(), out);
        }
        for (Plugin plugin : build.getPluginManagement().getPlugins()) {
            row("managed plugin", plugin.getKey(), plugin.getVersion(), out);
        }
        for (Extension extension : build.getExtensions()) {
            row("build extension", extension.getGroupId() + ":" + extension.getArtifactId(), extension.getVersion(), out);
        }
    }

    private static void dependencies(String kind, List<Dependency> dependencies, StringBuilder out) {
        for (Dependency dependency : dependencies) {
            row(kind, dependency.getGroupId() + ":" + dependency.getArtifactId(), dependency.getVersion(), out);
        }
    }

    private static void row(String kind, String key, String version, StringBuilder out) {
        out.append(kind).append('\t').append(key).append('\t').append(version == null ? "" : version).append('\n');
    }

    private static final class Poms implements ModelResolver {
        private final Map<String, File> files = new HashMap<>();

        Poms(Path directory) throws Exception {
            List<Path> paths;
            try (Stream<Path> walk = Files.walk(directory)) {
                paths = walk.filter(path -> path.endsWith("pom.xml")).collect(Collectors.toList());
            }
            for (Path path : paths) {
                Model model;
                try (java.io.Reader reader = Files.newBufferedReader(path)) {
                    model = new MavenXpp3Reader().read(reader);
                }
                Parent parent = model.getParent();
                String group = model.getGroupId() != null ? model.getGroupId() : parent.getGroupId();
                String version = model.getVersion() != null ? model.getVersion() : parent.getVersion();
                files.put(group + ":" + model.getArtifactId() + ":" + version, path.toFile());
            }
        }

        @Override
        public ModelSource resolveModel(String group, String artifact, String version) throws UnresolvableModelException {
            File file = files.get(group + ":" + artifact + ":" + version);
            if (file == null) {
                throw new UnresolvableModelException("not there", group, artifact, version);
            }
            return new FileModelSource(file);
        }

        @Override
        public ModelSource resolveModel(Parent parent) throws UnresolvableModelException {
            return resolveModel(parent.getGroupId(), parent.getArtifactId(), parent.getVersion());
        }

        @Override
        public ModelSource resolveModel(Dependency dependency) throws UnresolvableModelException {
            return resolveModel(dependency.getGroupId(), dependency.getArtifactId(), dependency.getVersion());
        }

        @Override
        public void addRepository(Repository repository) {
            // Nothing is fetched.
        }

        @Override
        public void addRepository(Repository repository, boolean replace) {
            // Nothing is fetched.
        }

        @Override
        public ModelResolver newCopy() {
            return this;
        }
    }
}
