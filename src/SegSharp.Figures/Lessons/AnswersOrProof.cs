namespace SegSharp.Figures.Lessons;

/// <summary>Short answers, or without any the proof that the numbers of the lesson hold.</summary>
/// <param name="quiz">For answers.</param>
/// <param name="proof">Without.</param>
public sealed class AnswersOrProof(Quiz quiz, Proof proof) : LessonCheck
{
    /// <inheritdoc/>
    public override IReadOnlyList<Question> Questions => quiz.Questions;

    /// <inheritdoc/>
    public override string Takes => $"[{quiz.Takes}]";

    /// <inheritdoc/>
    public override string Kind => $"{quiz.Kind}, or computed";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) => answer.Count == 0 ? proof.Judge(lesson, answer) : quiz.Judge(lesson, answer);
}
