namespace SegSharp.Figures.Lessons;

/// <summary>Short answers, or a C# file that computes them.</summary>
/// <param name="quiz">For answers.</param>
/// <param name="file">For a file.</param>
public sealed class AnswersOrFile(Quiz quiz, ClassCheck file) : LessonCheck
{
    /// <inheritdoc/>
    public override IReadOnlyList<Question> Questions => quiz.Questions;

    /// <inheritdoc/>
    public override string Takes => $"{quiz.Takes} | {file.Takes}";

    /// <inheritdoc/>
    public override string Kind => $"{quiz.Kind}, or {file.Kind}";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) =>
        answer is [var path] && path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) ? file.Judge(lesson, answer) : quiz.Judge(lesson, answer);
}
