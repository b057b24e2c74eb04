using System.Text.Json.Nodes;
using SegSharp.Features;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Features;

/// <summary>Principal components and t-SNE of the first 300 digits, beside scikit-learn.</summary>
[Collection(NativeCollection.Name)]
public sealed class EmbeddingParityTests
{
    private const string Folder = "29-embedding-resize";

    public static TheoryData<string> Runs()
    {
        var file = Path.Combine(ParityCases.Root, Folder, "embedding", "expected.json");
        return File.Exists(file) ? [.. JsonNode.Parse(File.ReadAllText(file))!["tsne"]!.AsObject().Select(p => p.Key)] : [];
    }

    [Fact]
    public void Components_scores_and_shares_are_scikit_learns()
    {
        var expected = Expected()["pca"]!;

        var pca = Pca.Of(Digits(), 10);

        Close(Array("pca_mean.npy").Values, pca.Mean, 1e-5);
        Close(Numbers(expected["explained_variance"]!), pca.Variance, 1e-5);
        Close(Numbers(expected["explained_variance_ratio"]!), [.. pca.Shares], 1e-5);
        Same(Array("pca_components.npy"), pca.Components!, byRow: true);
        Same(Array("pca_transformed.npy"), pca.Scores, byRow: false);
    }

    [Fact]
    public void Whitened_scores_are_scikit_learns() => Same(Array("pca5_whitened.npy"), Pca.Of(Digits(), 5).Whitened(), byRow: false);

    [Fact]
    public void Of_more_axes_than_points_the_same_components_are_found()
    {
        var digits = Digits();
        var few = new Points(40, 64, digits.Values[..(40 * 64)]);
        var all = new Points(40, 6400, [.. Enumerable.Range(0, 40).SelectMany(i => Enumerable.Repeat(few[i].ToArray(), 100).SelectMany(v => v))]);

        var (narrow, wide) = (Pca.Of(few, 8), Pca.Of(all, 8));

        Close([.. narrow.Scores.Values.Select(v => 10 * v)], wide.Scores.Values, 1e-8);       // a hundred copies are ten times as long
        Close(narrow.Components!.Values[..64], [.. wide.Components!.Values[..64].Select(v => 10 * v)], 1e-8);
    }

    [Fact]
    public void Joint_probabilities_are_scikit_learns()
    {
        var expected = Array("tsne_joint_P_first80_perplexity20.npy").Values;
        var digits = Digits();

        var joint = Affinities.Joint(new Points(80, digits.Axes, digits.Values[..(80 * digits.Axes)]), 20);

        Close(expected, joint, 1e-5);
        Close([.. expected.Select(p => Math.Max(p, 1e-6) * 1e4)], [.. joint.Select(p => Math.Max(p, 1e-6) * 1e4)], 1e-2);   // the numbers are small: relatively too
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void The_divergence_is_no_worse_and_the_neighbours_are_kept(string run)
    {
        var expected = Expected()["tsne"]![run]!;
        var digits = Digits();

        var found = TSne.Of(digits, new()
        {
            Theta = run.StartsWith("exact", StringComparison.Ordinal) ? 0 : 0.5,
            Start = run.Contains("random", StringComparison.Ordinal) ? EmbeddingStart.Random : EmbeddingStart.Pca,
            Seed = run[^1] - '0',
        });

        Assert.Equal((double)expected["learning_rate"]!, found.LearningRate);
        TestContext.Current.TestOutputHelper?.WriteLine($"{run}: {found.Divergence:F4} beside {(double)expected["kl"]!:F4}");
        Assert.InRange(found.Divergence, 0.1, (double)expected["kl"]! * 1.1);                 // another start, another valley: within a tenth
        Assert.InRange(Neighbours.Trustworthiness(digits, found.Places), (double)expected["trustworthiness5"]! - 0.005, 1);
    }

    private static JsonNode Expected() => JsonNode.Parse(File.ReadAllText(ParityCases.Require(Folder, "embedding", "expected.json")))!;

    private static Points Digits() => Array("digits300_x.npy");

    private static Points Array(string file)
    {
        var data = Npy.Read(ParityCases.Require(Folder, "embedding", file));
        return Points.From(data.Shape.Length == 2 ? data : data with { Shape = [1, data.Count] });
    }

    private static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(v => (double)v!)];

    private static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> found, double tolerance)
    {
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"{i}: {found[i]}, expected {expected[i]}");
        }
    }

    // The original's signs are arbitrary: each component may be turned as a whole.
    private static void Same(Points expected, Points found, bool byRow)
    {
        Assert.Equal((expected.Count, expected.Axes), (found.Count, found.Axes));
        for (var c = 0; c < (byRow ? expected.Count : expected.Axes); c++)
        {
            double[] Take(Points p) => byRow ? p[c].ToArray() : [.. Enumerable.Range(0, p.Count).Select(i => p[i][c])];
            var (a, b) = (Take(expected), Take(found));
            var sign = a.Zip(b, (x, y) => x * y).Sum() < 0 ? -1 : 1;
            Close(a, [.. b.Select(v => sign * v)], 1e-5);
        }
    }
}
