namespace SegSharp.Figures.Lessons;

/// <summary>A student's file, or without one the proof that the numbers of the lesson hold.</summary>
/// <param name="file">For a file.</param>
/// <param name="proof">Without.</param>
public sealed class FileOrProof(LessonCheck file, Proof proof) : LessonCheck
{
    /// <inheritdoc/>
    public override string Takes => $"[{file.Takes}]";

    /// <inheritdoc/>
    public override string Kind => $"{file.Kind}, or computed";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) => answer.Count == 0 ? proof.Judge(lesson, answer) : file.Judge(lesson, answer);
}
