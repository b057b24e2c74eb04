using System.Text.RegularExpressions;
using SegSharp.Figures.Lessons;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Figures.Lessons;

/// <summary>The pages of docs/tutorials answer every question of the course, and rightly.</summary>
[Collection("native")]
public sealed class TutorialPagesTests
{
    [Fact]
    public void Every_answer_on_the_pages_is_one_that_the_lesson_accepts()
    {
        var judged = 0;
        foreach (var (page, id, answer) in Pages().SelectMany(Checks))
        {
            var check = Course.Get(id).Check!;
            if (answer.Length > 0 && !answer[0].Contains('/'))
            {
                Assert.All(check.Judge(id, answer), v => Assert.True(v.Passed, $"{page}, {id}, {v.What}: {v.Reason}"));
                judged++;
            }
        }

        Assert.True(judged >= 50, $"{judged} answers");
    }

    [Fact]
    public void Every_slip_of_the_sources_is_explained_on_a_page()
    {
        var text = string.Concat(Pages().Select(File.ReadAllText));

        Assert.DoesNotContain(Erratum.All.Select(e => e.Id), id => !Regex.IsMatch(text, $@"\({id}\)|: {id}\)"));
    }

    [Fact]
    public void Every_question_of_the_course_is_answered_on_a_page()
    {
        var text = string.Concat(Pages().Select(File.ReadAllText));

        Assert.Empty(Course.Lessons.Where(l => l.Kind != LessonKind.Figure && !l.Aliases.Prepend(l.Id).Any(n => text.Contains(n, StringComparison.Ordinal))).Select(l => l.Id));
    }

    private static string[] Pages() => Directory.GetFiles(Path.Combine(Repository.Root, "docs", "tutorials"), "*.md");

    private static IEnumerable<(string Page, string Id, string[] Answer)> Checks(string page) =>
        File.ReadLines(page).Where(l => l.StartsWith("./segsharp lesson check ", StringComparison.Ordinal))
            .Select(l => l.Split(' ')[3..]).Select(w => (Path.GetFileName(page), w[0], w[1..]));
}
