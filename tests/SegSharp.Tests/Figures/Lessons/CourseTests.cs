using SegSharp.Figures.Lessons;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Figures.Lessons;

/// <summary>Every exercise of the course is there, and what its checks compute is what the course says.</summary>
[Collection("native")]
public sealed class CourseTests
{
    // The exercises of the five documents, and the figures.
    private static readonly string[] Ids =
    [
        "K0-Q1.1", "K0-Q1.2", "K0-Q1.3", "K0-Q1.4", "K0-EX2", "K0-Q2.1", "K0-Q2.2", "K0-Q2.3", "K0-EXTRA",
        "8.1 setup", "8.2 tasks", "8.3.1 tconv size", "8.3.1 animation", "8.3.1 demo", "8.3.1 upsampling module", "8.3.1 why output_padding 1",
        "8.3.2 FCN table", "8.3.2 skip kinds", "8.3.2 VGG", "8.3.2.1 transfer", "8.3.2.2 FCN", "8.3.2.3", "N1-EX8.0", "N1-EX8.1",
        "8.1 DownsamplingBlock", "8.1 BottleneckBlock", "8.1 UpsamplingBlock", "8.1 OutputBlock", "N1-EX8.2", "N1-EX8.3", "8.3.4 data", "8.3.4 augmentation",
        "N1-EX8.4", "8.4 follow-up", "8.3.5 variants", "8.4.1 normalisers", "8.4.1.2 scope", "8.4.1.3 artefacts", "8.4.2 inputs", "8.5 losses", "8.5.2 empty mask",
        "8.6 nnU-Net", "8.6.4 / 8.7.4 when", "8.7.5 SAM",
        "U2-Q1", "U2-Q2", "U2-EX run the example", "U2-EX sizes", "U2-EX loss",
        "L3-EX Dice", "L3-EX imbalance", "L3-EX upsampling", "L3-EX attention", "L3-EX COCO", "L3-VAE",
        "T4-EX1", "T4-EX2", "T4-EX3", "T4-EX4", "T4-EX5", "T4-Q5", "T4-Q6a", "T4-Q6b", "T4-Q6c", "T4-Q6d", "T4-Q6e", "T4-EX5-valid", "T4-EX6", "T4-EX7", "T4-EX8", "T4-EX9",
        "T4-EX10", "T4-Q11a", "T4-Q11b", "T4-EX11", "T4-EX12", "T4-Q12a", "T4-Q12b", "T4-Q12c", "T4-EX13", "T4-EX13a", "T4-EX13b", "T4-EX14", "K0-EX1",
    ];

    public static TheoryData<string> All => [.. Course.Lessons.Select(l => l.Id)];

    public static TheoryData<string> Asked => [.. Course.Lessons.Where(l => l.Check is { Questions.Count: > 0 }).Select(l => l.Id)];

    [Fact]
    public void Every_exercise_of_the_five_documents_is_a_lesson()
    {
        foreach (var id in Ids)
        {
            Assert.NotNull(Course.Get(id));
        }
    }

    [Fact]
    public void No_two_lessons_share_a_name()
    {
        var names = Course.Lessons.SelectMany(l => l.Aliases.Prepend(l.Id).Select(n => n.ToLowerInvariant()).Distinct(StringComparer.Ordinal)).ToList();

        Assert.Empty(names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Fact]
    public void Every_slip_of_the_sources_is_told_where_a_student_meets_it()
    {
        var told = Course.Lessons.SelectMany(l => l.Errata).ToHashSet(StringComparer.Ordinal);

        Assert.Equal([.. Enumerable.Range(1, 31).Select(n => $"E-{n:D2}").Append("E-08b").Order(StringComparer.Ordinal)], Erratum.All.Select(e => e.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Erratum.All.Select(e => e.Id), id => !told.Contains(id));
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public void The_answers_that_a_lesson_gives_are_those_it_accepts(string id)
    {
        var lesson = Course.Get(id);
        var answers = lesson.Check!.Questions.Select(q => q.Answer).ToList();

        var verdicts = lesson.Check.Judge(id, answers);

        Assert.All(verdicts, v => Assert.True(v.Passed, $"{v.What}: {v.Reason}"));
        Assert.DoesNotContain(lesson.Check.Judge(id, [.. Enumerable.Repeat("-7", answers.Count)]), v => v.Passed);
        Assert.NotNull(lesson.Solve());
    }

    [Theory]
    [InlineData("K0-Q1.1", "concatenated", "64", "32", "16")]
    [InlineData("K0-Q1.2", "8", "8", "256", "128")]
    [InlineData("K0-Q1.3", "80")]
    [InlineData("K0-Q1.4", "3,8,18,38")]
    [InlineData("K0-Q2.3", "3", "0.4", "HD")]
    [InlineData("8.3.1-tconv-size", "7", "11", "2")]
    [InlineData("8.3.1-demo", "128", "16", "295,040", "output_padding")]
    [InlineData("8.3.1-upsampling-module", "6", "6,292,961", "logits")]
    [InlineData("8.3.1-output-padding", "8,8,15,16")]
    [InlineData("8.3.2-FCN-table", "112,56,28,14,7,7,14,224")]
    [InlineData("8.3.2-VGG", "134342484", "102764544", "76", "8", "20")]
    [InlineData("8.3.2.1-transfer", "25088", "pretrained", "0.1")]
    [InlineData("8.3.2.2-FCN", "21", "224", "134489759", "3.0445")]
    [InlineData("8.3.4-data", "4,1,13,3,512,2048")]
    [InlineData("8.3.4-augmentation", "16,8,0.125")]
    [InlineData("8.4-follow-up", "rises", "falls", "0.1", "3.47")]
    [InlineData("8.4.1-normalisers", "1", "1.3416", "1.1619", "0")]
    [InlineData("8.5-losses", ".2407", "1.4427", ".2129", ".2268", ".0230")]
    [InlineData("8.6-nnU-Net", "5,4,2,320,0,23,46")]
    [InlineData("U2-EX-run-the-example", "low", "RuntimeError", "1", "1", "256", "256", "31043521")]
    [InlineData("U2-EX-sizes", "16", "24", "25", "yes", "100")]
    [InlineData("U2-EX-loss", ".2407", ".5825", ".5", ".7311")]
    [InlineData("L3-EX-Dice", "0,1,.5,.5")]
    [InlineData("L3-EX-imbalance", "0.99", "0", "0.02")]
    [InlineData("T4-EX2", "308", "385")]
    [InlineData("T4-EX5-valid", "17", "188", "388")]
    [InlineData("T4-Q6b", "23", "19")]
    [InlineData("T4-Q6c", "31032516", "7760484", "1941300", "485916")]
    [InlineData("T4-Q6d", "6", "1024", "context")]
    [InlineData("T4-Q6e", "9,438,208", "second")]
    [InlineData("T4-EX11", "0.9585", "0.9181", "0.8315", "0.6809")]
    [InlineData("T4-EX13a", "3,2,1", "0.667", "0.977", "0.727")]
    public void The_answers_of_the_course_pass(string id, params string[] answers) =>
        Assert.All(Course.Get(id).Check!.Judge(id, answers), v => Assert.True(v.Passed, $"{v.What}: {v.Reason}"));

    [Theory]
    [InlineData("K0-Q1.3", "72", "72: those are the weights; each filter has a bias too")]
    [InlineData("K0-Q1.3", "81", "81 is too large")]
    [InlineData("K0-Q1.3", "eighty", "'eighty' is no number")]
    public void A_wrong_answer_is_told_what_is_wrong_with_it(string id, string answer, string reason) =>
        Assert.Equal([new Verdict(false, "parameters of conv1_down", reason)], Course.Get(id).Check!.Judge(id, [answer]));

    [Theory]
    [InlineData("8.1-setup")]
    [InlineData("8.3.1-animation")]
    [InlineData("N1-EX8.3")]
    [InlineData("T4-EX11")]
    public void What_is_checked_by_computing_holds(string id) =>
        Assert.All(Course.Get(id).Check!.Judge(id, []), v => Assert.True(v.Passed, $"{v.What}: {v.Reason}"));

    [Fact]
    public void Too_few_answers_are_told_what_is_asked()
    {
        var error = Assert.Throws<UsageException>(() => Course.Get("T4-Q6b").Check!.Judge("T4-Q6b", ["23"]));

        Assert.Equal("lesson T4-Q6b asks for 2 answers, and one was given; asked: (1) convolutions; (2) without the up-convolutions", error.Message);
        Assert.Equal("segsharp lesson check T4-Q6b ANSWER1 ANSWER2", error.Fix);
    }

    [Fact]
    public void A_name_that_is_nearly_right_finds_its_neighbours()
    {
        var error = Assert.Throws<UsageException>(() => Course.Get("K0-Q1.9"));

        Assert.StartsWith("there is no lesson 'K0-Q1.9'; nearest: K0-Q1.1, K0-Q1.2, K0-Q1.3, K0-Q1.4, ", error.Message, StringComparison.Ordinal);
        Assert.Equal("segsharp lesson list", error.Fix);
    }
}
