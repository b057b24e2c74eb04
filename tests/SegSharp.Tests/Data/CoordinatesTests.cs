using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class CoordinatesTests
{
    private static readonly PreparationOptions Options = new() { Coordinates = "xyz" };

    [Fact]
    public void A_volume_gets_its_places_and_a_slice_keeps_them()
    {
        var loaded = Loaded(new Extent(5, 3, 3));

        var volume = Preparation.Prepare(loaded, Options);
        var alone = Preparation.PrepareSlice(loaded, 2, Options);

        Assert.Equal((4, 3), (volume.Sample.Channels, volume.Sample.Places));
        Assert.Equal([-1f, -0.5f, 0, 0.5f, 1], volume.Sample.Image.AsSpan(45, 5).ToArray());
        Assert.Equal([-1f, 0, 1], new[] { 90, 95, 100 }.Select(i => volume.Sample.Image[i]));
        Assert.Equal([-1f, 0, 1], new[] { 135, 150, 165 }.Select(i => volume.Sample.Image[i]));

        // Slice by slice or all at once: the same places.
        Assert.Equal(volume.Slice(2).Image[15..], alone.Image[15..]);
        Assert.Equal(3, volume.Slice(2).Places);
    }

    [Fact]
    public void Places_move_with_the_voxels_and_no_intensity_changes_them()
    {
        var sample = Preparation.Prepare(Loaded(new Extent(8, 8)), Options with { Coordinates = "xy" }).Sample;

        var patch = PatchSampler.CutAt(sample, 4, 2, 0, new Extent(4, 4));
        var flipped = new Flip(true, false).Apply(patch);
        var brighter = new Brightness(3).Apply(flipped);

        // x of column 4 … 7 is 1/7, 3/7, 5/7, 7/7; mirrored the other way round.
        Assert.Equal([7f, 5, 3, 1], flipped.Image.AsSpan(16, 4).ToArray().Select(v => MathF.Round(7 * v)));
        Assert.Equal(flipped.Image[16..], brighter.Image[16..]);
        Assert.Equal(flipped.Image[0] + 3, brighter.Image[0]);
    }

    [Fact]
    public void The_network_gets_as_many_channels_as_there_are()
    {
        var recipe = new Recipe { Preparation = new() { Coordinates = "xy" } }.Resolve(new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1 }, ["grey"]);

        Assert.Equal(3, recipe.Network.InChannels);
        recipe.RequireResolved("recipe");
        Assert.Equal("preparation.coordinates is yx; it must be xy or xyz", Assert.Throws<UsageException>(() => UsageException.ThrowIfAny(new PreparationOptions { Coordinates = "yx" }.Check())).Message);
    }

    private static LoadedCase Loaded(Extent extent)
    {
        var volume = Volume.Of<byte>("v", Geometry.Pixels(extent), 1, [.. Enumerable.Range(0, (int)extent.Count).Select(i => (byte)i)]);
        return new LoadedCase(new Case("v", ["v.tif"], null), volume, null);
    }
}
