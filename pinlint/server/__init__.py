"""`pinlint server`: the judgement of texts that an editor holds, saved or not.

    editor → protocol → desk (texts by URI) → workspace (one actor) → root → live tree → engine → protocol → editor

`protocol` is the only module that knows LSP; whatever is judged, shown or written lives in the others, as plain records.
"""
