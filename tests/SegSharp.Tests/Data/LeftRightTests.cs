using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class LeftRightTests
{
    [Theory]
    [InlineData("left kidney", "right kidney")]
    [InlineData("kidney_L", "kidney_R")]
    [InlineData("L_hippocampus", "R_hippocampus")]
    [InlineData("kidney_left", "Kidney-Right")]
    [InlineData("LKidney", "RKidney")]
    [InlineData("leftKidney", "rightKidney")]
    [InlineData("leftkidney", "rightkidney")]
    [InlineData("Niere links", "Niere rechts")]
    [InlineData("Linke Niere", "Rechte Niere")]
    [InlineData("rein gauche", "rein droit")]
    [InlineData("lung_upper_lobe_left", "lung_upper_lobe_right")]
    public void Labels_that_differ_in_their_side_are_a_pair(string left, string right) =>
        Assert.Equal([new LeftRightPair(left, right)], LeftRight.Pairs(["background", right, "liver", left]));

    [Theory]
    [InlineData("liver", "spleen")]
    [InlineData("left kidney", "right lung")]
    [InlineData("vertebra_L1", "vertebra_R1")]
    [InlineData("anterior", "posterior")]
    [InlineData("left atrium", "left ventricle")]
    public void Other_labels_are_none(string one, string other) => Assert.Empty(LeftRight.Pairs(["background", one, other]));

    [Theory]
    [InlineData("RAS", 3, 2, "x")]
    [InlineData("LPI", 3, 2, "x")]
    [InlineData("PSR", 3, 0, "z")]
    [InlineData("ALS", 2, 0, "y")]
    public void Their_axis_is_not_mirrored_wherever_it_lies(string orientation, int dimensions, int axis, string name)
    {
        var heard = new List<RunEvent>();
        int[] all = [.. Enumerable.Range(0, dimensions)];

        var axes = LeftRight.AxesToMirror(all, dimensions, ["lung left", "lung right", "kidney left", "kidney right"], Orientation.Parse(orientation), heard.Add);

        Assert.Equal(all.Where(a => a != axis), axes);
        Assert.Equal([new Noted($"labels come in pairs of left and right ('lung left', 'lung right' and 1 more): images are not mirrored along {name}")], heard);
    }

    [Fact]
    public void Without_pairs_or_without_that_axis_nothing_changes()
    {
        Assert.Equal([0, 1, 2], LeftRight.AxesToMirror([0, 1, 2], 3, ["background", "liver"], Orientation.Ras, _ => Assert.Fail("nothing to say")));
        Assert.Equal([0, 1], LeftRight.AxesToMirror([0, 1], 3, ["lung left", "lung right"], Orientation.Ras, _ => Assert.Fail("nothing to say")));
        Assert.Equal([0, 1], LeftRight.AxesToMirror([0, 1], 2, ["lung left", "lung right"], Orientation.Parse("PSR"), _ => Assert.Fail("nothing to say")));
    }
}
