using SegSharp.Figures.Lessons;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Figures.Lessons;

/// <summary>What the course's figures show, held in numbers.</summary>
[Collection("native")]
public sealed class CourseFiguresTests
{
    private static readonly string[] Ids =
    [
        "FIG-K0-1", "FIG-N1-1", "FIG-N1-2", "FIG-N1-3", "FIG-N1-4", "FIG-N1-5", "FIG-N1-6", "FIG-N1-7", "FIG-N1-8", "FIG-N1-9", "FIG-N1-10", "FIG-N1-11", "FIG-U2-1",
        "FIG-L3-DOUBLECONV", "FIG-L3-DICE", "FIG-L3-MASKS", "FIG-L3-ATTENTION", "FIG-L3-UPSAMPLING", "FIG-S4-1", "FIG-S4-2",
    ];

    public static TheoryData<string> Drawn => [.. Course.Lessons.Where(l => l.Figure is not null).Select(l => l.Id)];

    [Fact]
    public void Every_figure_of_the_course_is_there() => Assert.All(Ids, id => Assert.Equal(LessonKind.Figure, Course.Get(id).Kind));

    [Theory]
    [MemberData(nameof(Drawn))]
    public void A_figure_draws_and_says_what_it_shows(string id)
    {
        var picture = Course.Get(id).Figure!();

        var svg = picture.Still.ToSvg();

        Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
        Assert.DoesNotMatch("[\" ,]NaN", svg);
        Assert.NotEmpty(picture.Numbers);
        Assert.All(picture.Numbers, n => Assert.DoesNotContain("NaN", n.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("FIG-N1-3", "output", "21 0 27 0 26 0 21/0 7 0 8 0 5 0/26 0 26 0 22 0 20/0 8 0 3 0 6 0/26 0 25 0 17 0 18/0 8 0 6 0 2 0/17 0 29 0 18 0 11")]
    [InlineData("FIG-N1-3", "steps", "49")]
    [InlineData("FIG-FIELD", "level 4", "38")]
    [InlineData("FIG-CHECKERBOARD", "kernel 3, stride 2", "1 1 2 1 2 1 2 1 2 1 1")]
    [InlineData("FIG-CHECKERBOARD", "kernel 2, stride 2", "1 1 1 1 1 1 1 1 1 1")]
    [InlineData("FIG-L3-DICE", "half shared", "0.5")]
    [InlineData("FIG-L3-IMBALANCE", "foreground 0.01", "accuracy 0.99, Dice 0.00")]
    [InlineData("FIG-L3-UPSAMPLING", "nearest", "0 0 1 1 0.25 0.25 0.75 0.75")]
    [InlineData("FIG-L3-UPSAMPLING", "linear", "0 0.25 0.75 0.813 0.438 0.375 0.625 0.75")]
    [InlineData("FIG-N1-2", "regions of class 1", "1")]
    [InlineData("FIG-N1-2", "objects of class 1", "2")]
    [InlineData("FIG-N1-5", "output", "388×388")]
    [InlineData("FIG-K0-1", "parameters", "26970")]
    [InlineData("FIG-S4-1", "parameters", "31032516")]
    [InlineData("FIG-N1-11", "person", "192 128 128")]
    public void The_numbers_of_a_figure_are_those_of_the_course(string id, string name, string value) =>
        Assert.Equal(value, Course.Get(id).Figure!().Numbers.Single(n => n.Name == name).Value);

    [Fact]
    public void A_box_is_the_least_and_greatest_column_and_row_of_its_object()
    {
        var (xMin, yMin, xMax, yMax) = TaskPictures.Box(1);
        var places = TaskPictures.Instances().Index().Where(p => p.Item == 1).Select(p => (X: p.Index % TaskPictures.Side, Y: p.Index / TaskPictures.Side)).ToList();

        Assert.All(places, p => Assert.True(p.X >= xMin && p.X <= xMax && p.Y >= yMin && p.Y <= yMax));
        Assert.Contains(places, p => p.X == xMax);
        Assert.Equal($"{xMin} {yMin} {xMax} {yMax}", Course.Get("FIG-N1-1").Figure!().Numbers[0].Value);
    }

    [Fact]
    public void What_moves_is_a_page_with_a_frame_a_step_and_what_does_not_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("segsharp-").FullName;
        var page = Path.Combine(folder, "tconv.html");

        Course.Get("FIG-N1-3").Figure!().Write(page);
        var error = Assert.Throws<UsageException>(() => Course.Get("FIG-L3-DICE").Figure!().Write(Path.Combine(folder, "dice.html")));

        Assert.Equal(49, File.ReadAllText(page).Split("<div class=\"frame\"").Length - 1);
        Assert.Equal("this figure does not move, so it cannot be written as '.html'; known: .png, .svg, .pdf", error.Message);
        Directory.Delete(folder, recursive: true);
    }
}
