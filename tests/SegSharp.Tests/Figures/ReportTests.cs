using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SegSharp.Figures;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Reports;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class ReportTests
{
    private const string Hostile = "case </title><script>alert('x')</script> & \"q\" \u0001";

    [Fact]
    public void A_page_with_every_kind_of_section_is_well_formed()
    {
        var page = Parse(Report.ToHtml(Everything("case")));

        Assert.Equal(["Result", "Training", "Scores", "Panel", "Facts"], page.Descendants("h2").Select(h => h.Value));
        Assert.Equal(4, page.Descendants().Count(e => e.Name.LocalName == "svg"));
        Assert.Equal(["#s0", "#s2", "#s3", "#s5", "#s8"], page.Descendants("a").Select(a => a.Attribute("href")!.Value));
    }

    [Fact]
    public void Names_cannot_become_markup()
    {
        var html = Report.ToHtml(Everything(Hostile));

        var page = Parse(html);
        var script = Assert.Single(page.Descendants("script"));
        Assert.Equal(ReportPage.Script.Replace("//<![CDATA[", "//").Replace("//]]>", "//").Trim(), script.Value.Trim());
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Contains(page.Descendants("td"), td => td.Value == Hostile.Replace('\u0001', '\uFFFD'));
    }

    [Fact]
    public void A_page_asks_for_nothing_outside_itself()
    {
        var page = Parse(Report.ToHtml(Everything("case")));

        var links = page.Descendants().Attributes().Where(a => a.Name.LocalName is "src" or "href" or "action" or "data");
        Assert.NotEmpty(links);
        Assert.All(links, a => Assert.Matches("^(#s[0-9]+|data:image/png;base64,.*)$", a.Value));
        var text = Report.ToHtml(Everything("case")).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("https?:|@import|url\\((?!#)"), text);
    }

    [Fact]
    public void The_policy_allows_this_script_and_no_other()
    {
        var html = Report.ToHtml(Everything("case"));

        var begin = html.IndexOf("<script>", StringComparison.Ordinal) + "<script>".Length;
        var script = html[begin..html.IndexOf("</script>", StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        Assert.Contains($"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_name_their_grid_and_say_what_undefined_empty_and_pooled_mean()
    {
        var section = Scores("a") with { EmptyRule = "both empty scores 1." };

        var page = Parse(Report.ToHtml(new() { Title = "t", Sections = [section] }));

        var paragraphs = page.Descendants("p").Select(p => p.Value).ToList();
        Assert.Equal(["All numbers here were measured at 128×128.", "– : undefined; it counts in no mean.", "Empty masks: both empty scores 1."], paragraphs[..3]);
        Assert.Equal(
            "Mean of images: every image scored by itself, then averaged, so each image weighs the same; "
            + "pooled: pixels of all images counted together, so each pixel weighs the same and images with more of a region weigh more.",
            Assert.Single(paragraphs[3..]));
        Assert.Equal(["a", "0.500", "–", "b", "0.750", "2.000", "pooled", "0.600", "2.000"], page.Descendants("td").Select(td => td.Value));
    }

    [Fact]
    public void The_best_value_stands_out_and_summaries_do_not_compete()
    {
        var section = Scores("a") with { MoreIsBetter = name => name == "Dice" };

        var page = Parse(Report.ToHtml(new() { Title = "t", Sections = [section] }));

        Assert.Equal(["0.750"], page.Descendants("td").Where(td => td.Attribute("class")?.Value.Contains("best", StringComparison.Ordinal) == true).Select(td => td.Value));
    }

    [Fact]
    public void A_long_table_is_folded_but_its_summary_is_not()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new ScoreRow($"case_{i}", [0.5, 1])).Append(new("pooled", [0.6, 1], true)).ToList();

        var page = Parse(Report.ToHtml(new() { Title = "t", Sections = [Scores("a") with { Rows = rows }] }));

        Assert.Equal(40, page.Descendants("details").Descendants("tbody").Elements("tr").Count());
        Assert.Equal("pooled", page.Descendants("tr").Single(r => r.Attribute("class")?.Value == "summary").Elements().First().Value);
    }

    [Fact]
    public void Curves_carry_their_values_for_the_pointer()
    {
        var page = Parse(Report.ToHtml(Everything("case")));

        var plot = page.Descendants().First(e => e.Attribute("data-series") is not null);
        Assert.Equal("""[{"name":"case","colour":"#0072b2","x":[1,2],"y":[1,0.5]}]""", plot.Attribute("data-series")!.Value);
    }

    [Fact]
    public void The_ids_of_two_figures_differ()
    {
        var ids = Parse(Report.ToHtml(new() { Title = "t", Sections = [new FigureSection(Curves("a")), new FigureSection(Curves("b"))] }))
            .Descendants().Attributes("id").Select(a => a.Value).ToList();

        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("f0-clip1", ids);
        Assert.Contains("f1-clip1", ids);
    }

    [Fact]
    public void A_montage_names_its_cases()
    {
        var picture = Picture.Labels<int>([0, 1, 2, 3, 4, 5], 3, 2);

        var figure = new MontageFigure([("a", new(picture, "3×2")), ("b", new(picture))], "Data", [("membrane", Palette.Overlay(1))]);

        Assert.Equal(["Data", "a", "3×2", "b", "membrane"], PlotTests.Texts(figure));
    }

    [Fact]
    public void A_strip_shows_every_defined_case_and_the_mean_of_those()
    {
        var figure = new StripFigure([new("unet", [("a", 0.5), ("b", 1), ("c", null)], Pooled: 0.9), new("none", [("a", null)])], "Dice", "Dice at 8×8");

        var svg = XDocument.Parse(figure.ToSvg());

        Assert.Equal(3, svg.Descendants().Count(e => e.Name.LocalName == "circle"));   // one is the legend's
        Assert.Contains("0.750", PlotTests.Texts(figure));
        Assert.Contains("undefined for every case", PlotTests.Texts(figure));
        Assert.Equal(["a: 0.500", "b: 1.000"], svg.Descendants().Where(e => e.Name.LocalName == "title").Select(e => e.Value));
    }

    [Fact]
    public void A_row_with_too_few_scores_is_refused()
    {
        var section = Scores("a") with { Rows = [new("a", [1])] };

        var error = Assert.Throws<ArgumentException>(() => Report.ToHtml(new() { Title = "t", Sections = [section] }));

        Assert.Equal("row 'a' has 1 scores for 2 columns", error.Message);
    }

    private static XDocument Parse(string html) => XDocument.Parse(html);

    private static CurveFigure Curves(string name) => new([new Plot { Title = "Loss", XName = name, Series = [Series.ByEpoch(name, [1, 0.5])] }], name);

    private static ScoreSection Scores(string name) => new()
    {
        Title = "Scores",
        Grid = "128×128",
        RowName = "image",
        Columns = ["Dice", "distance"],
        Rows = [new(name, [0.5, null]), new("b", [0.75, 2]), new("pooled", [0.6, 2], true)],
        ExplainsPooling = true,
    };

    private static ReportContent Everything(string name)
    {
        var picture = Picture.Labels<int>([0, 1, 2, 3], 2, 2);
        return new()
        {
            Title = name,
            Subtitle = name,
            Footer = name,
            Sections =
            [
                new HeadlineSection([new(name, "0.8", name)]) { Title = "Result", Text = name },
                new NotesSection([name]),
                new FigureSection(Curves(name), name) { Title = "Training" },
                Scores(name) with { EmptyRule = name },
                new TableSection([name, "b"], [[name, "1"]]),
                new FigureSection(PanelFigure.Compare([new(name, name, picture, [0, 1, 1, 0], [([0, 1, 0, 1], name)])], [name], name)) { Title = "Panel" },
                new FigureSection(new HistogramFigure([new(name, 0, 1, [1, 2])], name, name)),
                new FigureSection(new NetworkFigure(NetworkFigureTests.UNet() with { Title = name })),
                new FactsSection([(name, name)]) { Title = "Facts" },
            ],
        };
    }
}
