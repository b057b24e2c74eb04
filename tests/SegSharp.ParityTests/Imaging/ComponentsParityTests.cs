using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>scipy, scikit-image, cc3d and acvl_utils on masks whose file names say what was done; exact.</summary>
public sealed class ComponentsParityTests
{
    private const string Folder = "27-postprocessing/components";

    public static TheoryData<string> Labels => [.. Grid.Names(Folder, "labels*d_*.npy")];

    public static TheoryData<string> Largest => [.. Grid.Names(Folder, "largest*.npy")];

    public static TheoryData<string> Small => [.. Grid.Names(Folder, "remove_small?d_*.npy")];

    public static TheoryData<string> Holes => [.. Grid.Names(Folder, "fill_holes*.npy")];

    public static TheoryData<string> SmallHoles => [.. Grid.Names(Folder, "remove_small_holes*.npy")];

    public static TheoryData<string> Several => [.. Grid.Names(Folder, "multilabel_*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Labels))]
    public void Parts_are_numbered_as_the_original_does(string name)
    {
        var expected = Grid.Read(Folder, name + ".npy").Whole;      // labels3d_cc3d_18
        var mask = Binary(name["labels".Length..]);

        var parts = Components.Label(mask.Mask, mask.Extent, Neighbours(name.Split('_')[^1]), out var count);

        Assert.Equal(expected, parts);
        Assert.Equal(expected.Max(), count);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Largest))]
    public void The_largest_part_is_the_same(string name)
    {
        var mask = Binary(name["largest".Length..]);                // largest3d_18

        Assert.Equal(Grid.Read(Folder, name + ".npy").Mask, Components.Largest(mask.Mask, mask.Extent, Neighbours(name.Split('_')[^1])));
    }

    [Fact]
    public void Every_part_of_maximal_size_is_kept_as_acvl_utils_does()
    {
        var mask = Grid.Read(Folder, "tie.npy");

        var kept = Components.Largest(mask.Mask, mask.Extent, Connectivity.Full, Ties.All);

        Assert.Equal(Grid.Read(Folder, "tie_acvl_keep_largest.npy").Mask, kept);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Small))]
    public void Small_parts_are_removed(string name)
    {
        var words = name.Split('_');                                // remove_small2d_4_min10
        var mask = Binary(words[1]["small".Length..]);

        var kept = Components.RemoveSmall(mask.Mask, mask.Extent, Neighbours(words[2]), Number(words[3], "min"));

        Assert.Equal(Grid.Read(Folder, name + ".npy").Mask, kept);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Holes))]
    public void Holes_are_filled(string name)
    {
        var mask = Binary(name["fill_holes".Length..]);             // fill_holes2d_background_connectivity_4

        Assert.Equal(Grid.Read(Folder, name + ".npy").Mask, SegSharp.Imaging.Morphology.Holes.Fill(mask.Mask, mask.Extent, Neighbours(name.Split('_')[^1])));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(SmallHoles))]
    public void Small_holes_are_filled(string name)
    {
        var words = name.Split('_');                                // remove_small_holes2d_4_area10
        var mask = Binary(words[2]["holes".Length..]);

        var filled = SegSharp.Imaging.Morphology.Holes.RemoveSmall(mask.Mask, mask.Extent, Neighbours(words[3]), Number(words[4], "area"));

        Assert.Equal(Grid.Read(Folder, name + ".npy").Mask, filled);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Several))]
    public void Labels_that_touch_stay_apart(string name)
    {
        var labels = Grid.Read(Folder, "multilabel.npy");           // multilabel_cc3d_8

        var parts = Components.Label(labels.Labels, labels.Extent, Neighbours(name.Split('_')[^1]), out _);

        Assert.Equal(Grid.Read(Folder, name + ".npy").Whole, parts);
    }

    private static Grid Binary(string name) => Grid.Read(Folder, $"binary{name[..2]}.npy");

    private static Connectivity Neighbours(string word) => word switch
    {
        "4" or "6" => Connectivity.Faces,
        "18" => Connectivity.Edges,
        "8" or "26" => Connectivity.Full,
        _ => throw new NotSupportedException(word),
    };

    private static int Number(string word, string before) => int.Parse(word[before.Length..], CultureInfo.InvariantCulture);
}
