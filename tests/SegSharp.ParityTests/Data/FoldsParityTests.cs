using System.Text.Json;
using SegSharp.Data;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Data;

/// <summary>Original: nnU-Net 2.8.1 generate_crossval_split; exact.</summary>
public sealed class FoldsParityTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(37)]
    public void Folds_are_those_of_nnUNet(int cases)
    {
        var expected = SplitsFile.Read(ParityCases.Require("24-nnunet-training", "splits", $"splits_final_n{cases}.json"));

        var folds = Folds.Of([.. Enumerable.Range(0, cases).Select(i => $"case_{i:D3}")]);

        AssertSame(expected, folds);
    }

    [Fact]
    public void Names_are_sorted_as_NumPy_sorts_them()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("24-nnunet-training", "splits", "splits_final_mixed_names.json")));
        var names = Strings(json.RootElement.GetProperty("sorted_keys"));
        var expected = json.RootElement.GetProperty("splits").EnumerateArray()
            .Select(s => new Split(Strings(s.GetProperty("train")), Strings(s.GetProperty("val")))).ToList();

        var folds = Folds.Of([.. names.Reverse()]);

        AssertSame(expected, folds);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void A_fold_beyond_the_file_is_a_random_80_to_20(int fold)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("24-nnunet-training", "splits", "random_80_20_n20.json")));
        var expected = json.RootElement.GetProperty($"fold_{fold}");

        var split = Folds.Random80To20([.. Enumerable.Range(0, 20).Select(i => $"case_{i:D3}")], fold);

        Assert.Equal(Strings(expected.GetProperty("train")), split.Training);
        Assert.Equal(Strings(expected.GetProperty("val")), split.Validation);
    }

    private static void AssertSame(IReadOnlyList<Split> expected, IReadOnlyList<Split> found)
    {
        Assert.Equal(expected.Select(s => s.Training), found.Select(s => s.Training));
        Assert.Equal(expected.Select(s => s.Validation), found.Select(s => s.Validation));
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetString()!)];
}
