using SegSharp.Foundation;

namespace SegSharp.Figures.Lessons;

/// <summary>One line of a check: passed or not, and why.</summary>
/// <param name="Passed">Whether it is right.</param>
/// <param name="What">What was looked at.</param>
/// <param name="Reason">What was found; for a wrong answer what is wrong with it, without giving the right one away.</param>
public sealed record Verdict(bool Passed, string What, string Reason)
{
    /// <summary>A claim that holds or does not.</summary>
    public static Verdict That(bool passed, string what, string reason) => new(passed, what, reason);

    /// <summary>A number beside what it should be, within a tolerance.</summary>
    public static Verdict Near(string what, double found, double expected, double tolerance = 0) =>
        new(Math.Abs(found - expected) <= tolerance, what, $"{found:0.######}, expected {expected:0.######}{(tolerance > 0 ? $" ± {tolerance:0.######}" : "")}");
}

/// <summary>How an answer to a lesson is judged.</summary>
public abstract class LessonCheck
{
    /// <summary>What is to be handed in, for the usage line: "ANSWER", "FILE", nothing.</summary>
    public abstract string Takes { get; }

    /// <summary>One line for lists: "3 answers", "a class", "computed".</summary>
    public abstract string Kind { get; }

    /// <summary>What is asked, where short answers are wanted.</summary>
    public virtual IReadOnlyList<Question> Questions => [];

    /// <summary>Judges.</summary>
    /// <param name="lesson">The name of the lesson, for messages.</param>
    /// <param name="answer">The words on the command line.</param>
    /// <exception cref="UsageException">Too few or too many words; the message says what is asked.</exception>
    /// <exception cref="InputException">A file that does not exist.</exception>
    public abstract IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer);

    private protected static string OnePath(string lesson, IReadOnlyList<string> answer, string what, string fix) => answer is [var path]
        ? Path.Exists(path) ? path : throw new InputException($"there is no '{path}'", fix)
        : throw new UsageException($"lesson {lesson} asks for one thing, {what}, and {(answer.Count == 0 ? "nothing was" : $"{answer.Count} words were")} given", fix);
}

/// <summary>Questions with short answers, in the order in which they are asked.</summary>
/// <param name="questions">One or more.</param>
public sealed class Quiz(params IReadOnlyList<Question> questions) : LessonCheck
{
    /// <inheritdoc/>
    public override IReadOnlyList<Question> Questions { get; } = questions;

    /// <inheritdoc/>
    public override string Takes => Questions.Count == 1 ? "ANSWER" : string.Join(' ', Enumerable.Range(1, Questions.Count).Select(i => $"ANSWER{i}"));

    /// <inheritdoc/>
    public override string Kind => Questions.Count == 1 ? "an answer" : $"{Questions.Count} answers";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer)
    {
        var words = Questions.Count == 1 ? [string.Join(' ', answer)] : answer.SelectMany(Parts).ToList();
        if (answer.Count == 0 || words.Count != Questions.Count)
        {
            throw new UsageException(
                $"lesson {lesson} asks for {Kind}, and {(answer.Count == 0 ? "none was" : words.Count == 1 ? "one was" : $"{words.Count} were")} given; asked: {string.Join("; ", Questions.Select((q, i) => $"({i + 1}) {q.Text}"))}",
                $"segsharp lesson check {lesson} {Takes}");
        }

        return [.. Questions.Zip(words, (q, w) => q.Judge(w))];
    }

    // "80,1168,4640" are three answers; "26,970" is one, written as the printed tables write it.
    private static IEnumerable<string> Parts(string word) =>
        Question.IsGrouped(word) ? [word] : word.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>A proof that runs by itself: the numbers of the lesson, computed now, beside what the course says.</summary>
/// <param name="prove">Computes; called with the native runtime ready.</param>
public sealed class Proof(Func<IEnumerable<Verdict>> prove) : LessonCheck
{
    /// <inheritdoc/>
    public override string Takes => "";

    /// <inheritdoc/>
    public override string Kind => "computed";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) => answer.Count == 0
        ? [.. prove()]
        : throw new UsageException($"lesson {lesson} is checked by computing it, so it takes no answer; found '{answer[0]}'", $"segsharp lesson check {lesson}");
}

/// <summary>A folder or file that the student's commands have made.</summary>
/// <param name="what">What it is: "the folder of a run".</param>
/// <param name="judge">Looks at it.</param>
public sealed class ResultCheck(string what, Func<string, IEnumerable<Verdict>> judge) : LessonCheck
{
    /// <inheritdoc/>
    public override string Takes => "PATH";

    /// <inheritdoc/>
    public override string Kind => what;

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer) =>
        [.. judge(OnePath(lesson, answer, what, $"segsharp lesson show {lesson}"))];
}

/// <summary>A student's C# file: compiled, loaded, and its classes put to the test.</summary>
/// <param name="judge">Tests what was compiled.</param>
public sealed class ClassCheck(Func<StudentCode, IEnumerable<Verdict>> judge) : LessonCheck
{
    /// <inheritdoc/>
    public override string Takes => "FILE.cs";

    /// <inheritdoc/>
    public override string Kind => "a C# file";

    /// <inheritdoc/>
    public override IReadOnlyList<Verdict> Judge(string lesson, IReadOnlyList<string> answer)
    {
        var path = OnePath(lesson, answer, "your C# file", $"segsharp lesson skeleton {lesson} --out FILE.cs");
        var (code, errors) = StudentCode.Compile(path);
        if (code is null)
        {
            return [.. errors.Select(e => new Verdict(false, "compiles", e))];
        }

        using (code)
        {
            return [new(true, "compiles", Path.GetFileName(path)), .. Judge(code)];
        }
    }

    /// <summary>Tests what is compiled already. A class that throws has failed; what was found before it is kept.</summary>
    /// <param name="code">Stays loaded.</param>
    public IReadOnlyList<Verdict> Judge(StudentCode code)
    {
        var verdicts = new List<Verdict>();
        try
        {
            foreach (var verdict in judge(code))
            {
                verdicts.Add(verdict);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            verdicts.Add(new(false, "runs", StudentCode.Plain(e)));
        }

        return verdicts;
    }
}
