using System.Text.RegularExpressions;
using SegSharp.Foundation;

namespace SegSharp.Figures.Lessons;

/// <summary>Every lesson of the five documents, in their order.</summary>
public static partial class Course
{
    /// <summary>All lessons, figures last.</summary>
    public static IReadOnlyList<Lesson> Lessons { get; } =
        [.. KingsLessons.All, .. NotebookLessons.All, .. NotesLessons.All, .. LectureLessons.All, .. PracticalLessons.All, .. CourseFigures.All];

    /// <summary>A lesson by its name; case, spaces, hyphens and the prefix "N1-" do not matter.</summary>
    /// <exception cref="UsageException">No such lesson; the message names the nearest.</exception>
    public static Lesson Get(string id)
    {
        var plain = Plain(id);
        return Lessons.FirstOrDefault(l => Names(l).Any(n => Plain(n) == plain))
            ?? Lessons.FirstOrDefault(l => Names(l).Any(n => Plain(n) == "n1" + plain))
            ?? throw new UsageException($"there is no lesson '{id}'; nearest: {string.Join(", ", Nearest.Sort(id, Lessons.Select(l => l.Id)).Take(5))}", "segsharp lesson list");
    }

    private static IEnumerable<string> Names(Lesson lesson) => lesson.Aliases.Prepend(lesson.Id);

    private static string Plain(string id) => Other().Replace(id.ToLowerInvariant(), "");

    [GeneratedRegex("[^a-z0-9.]+")]
    private static partial Regex Other();
}
