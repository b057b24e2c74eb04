using SegSharp.Figures.Drawing;
using SegSharp.Foundation;

namespace SegSharp.Figures.Lessons;

/// <summary>What a lesson asks of a student.</summary>
public enum LessonKind
{
    /// <summary>Something to explain or to compute.</summary>
    Question,

    /// <summary>Something to do or to write.</summary>
    Exercise,

    /// <summary>A figure of the course, drawn afresh.</summary>
    Figure,
}

/// <summary>The document of the course that a lesson comes from.</summary>
public enum LessonSource
{
    /// <summary>King's College's exercise.</summary>
    Kings,

    /// <summary>The lecture notebook.</summary>
    Notebook,

    /// <summary>The notes about U-Net.</summary>
    Notes,

    /// <summary>The lecture on upsampling, the Dice loss and attention.</summary>
    Lecture,

    /// <summary>The practical on BraTS.</summary>
    Practical,
}

/// <summary>One exercise, question or figure of the course, in our own words.</summary>
/// <remarks>Building one computes nothing: numbers are computed when the check or the solution is asked for.</remarks>
public sealed record Lesson
{
    /// <summary>Its name on the command line: "K0-Q1.3", "8.3.1-tconv-size", "FIG-N1-3".</summary>
    public required string Id { get; init; }

    /// <summary>Further names that mean the same.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Where it comes from.</summary>
    public required LessonSource Source { get; init; }

    /// <summary>What it asks for.</summary>
    public LessonKind Kind { get; init; } = LessonKind.Exercise;

    /// <summary>A few words.</summary>
    public required string Title { get; init; }

    /// <summary>What the student does; lines as they are printed.</summary>
    public required string Task { get; init; }

    /// <summary>Commands that help, each as it is typed behind "./segsharp".</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>What is told only when asked for.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>What is told about the answer, computed now; the answers to the questions of <see cref="Check"/> come before it.</summary>
    public Func<string>? Solution { get; init; }

    /// <summary>Slips of the source that a student meets here: "E-03".</summary>
    public IReadOnlyList<string> Errata { get; init; } = [];

    /// <summary>How an answer is judged; null where only a person can.</summary>
    public LessonCheck? Check { get; init; }

    /// <summary>A C# file with gaps to fill in; null where nothing is to be written.</summary>
    public string? Skeleton { get; init; }

    /// <summary>Draws the figure; null where there is none.</summary>
    public Func<LessonPicture>? Figure { get; init; }

    /// <summary>The tutorial that goes this way step by step.</summary>
    public string Tutorial => Source switch
    {
        LessonSource.Kings => "docs/tutorials/kings-college.md",
        LessonSource.Notebook => "docs/tutorials/lecture-notebook.md",
        LessonSource.Notes => "docs/tutorials/unet-notes.md",
        LessonSource.Lecture => "docs/tutorials/upsampling-dice-attention.md",
        _ => "docs/tutorials/brats.md",
    };

    /// <summary>The title of the document it comes from.</summary>
    public string SourceTitle => Source switch
    {
        LessonSource.Kings => "King's College exercise",
        LessonSource.Notebook => "lecture notebook",
        LessonSource.Notes => "notes on U-Net",
        LessonSource.Lecture => "lecture on U-Net",
        _ => "practical on BraTS",
    };

    /// <summary>The answers and what there is to say about them; null where there is nothing to solve.</summary>
    public string? Solve()
    {
        var answers = Check is { Questions: { Count: > 0 } questions } ? string.Join('\n', questions.Select((q, i) => $"{(questions.Count > 1 ? $"{i + 1}. " : "")}{q.Text}: {q.Answer} ({q.Why})")) : null;
        var text = Solution?.Invoke();
        return answers is null ? text : text is null ? answers : $"{answers}\n\n{text}";
    }
}

/// <summary>A figure of a lesson: still, and moving where it moves.</summary>
/// <param name="Still">Drawn as .png, .svg or .pdf.</param>
/// <param name="Numbers">What the figure shows, in numbers: name and value, for readers and tests.</param>
/// <param name="Moving">A page of HTML or an SVG that moves; null where nothing does.</param>
public sealed record LessonPicture(Figure Still, IReadOnlyList<(string Name, string Value)> Numbers, MovingPicture? Moving = null)
{
    /// <summary>Writes the figure in the form that the file's ending asks for.</summary>
    /// <param name="path">.png, .svg, .pdf; .html where it moves.</param>
    /// <exception cref="UsageException">Another ending, or .html for what does not move.</exception>
    public void Write(string path)
    {
        if (Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase))
        {
            var page = Moving ?? throw new UsageException("this figure does not move, so it cannot be written as '.html'; known: .png, .svg, .pdf", "end the file's name in .png, .svg or .pdf");
            AtomicFile.WriteText(path, page.ToHtml());
            return;
        }

        Still.Write(path);
    }
}
