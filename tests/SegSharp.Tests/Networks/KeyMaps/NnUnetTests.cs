using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using Xunit;

namespace SegSharp.Tests.Networks.KeyMaps;

public sealed class NnUnetTests
{
    [Theory]
    [InlineData(false, "encoder.stages.0.0.convs.0.all_modules.1.weight")]
    [InlineData(true, "encoder.stages.0.0.convs.0.all_modules.2.weight")]
    public void A_dropout_that_does_nothing_still_counts_in_the_names_behind_it(bool idleDropout, string name)
    {
        var names = NnUnet.For(new PlainConvUNetOptions(), idleDropout).AllTheirs("encoder.stages.0.0.convs.0.norm.weight").ToList();

        Assert.Equal(["encoder.stages.0.0.convs.0.norm.weight", $"decoder.encoder.stages.0.0.convs.0.norm.weight", name, $"decoder.{name}"], names);
    }
}
