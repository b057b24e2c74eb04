namespace SegSharp.Figures.Lessons;

/// <summary>A student's file, or the folder of a run.</summary>
/// <param name="file">For a file.</param>
/// <param name="folder">For a folder, and where nothing was given.</param>
public sealed class FileOrFolder(ClassCheck file, ResultCheck folder) : LessonCheck
{
    /// <inheritdoc/>
    public override string Takes => "FILE.cs|RUN";

    /// <inheritdoc/>
    public override string Kind => $"{file.Kind}, or {folder.Kind}";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) =>
        answer is [var path] && path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) ? file.Judge(lesson, answer) : folder.Judge(lesson, answer);
}
