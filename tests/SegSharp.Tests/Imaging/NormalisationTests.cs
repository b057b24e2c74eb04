using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class NormalisationTests
{
    public static TheoryData<string> Names => [.. Catalogue.Normalisers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_constant_image_stays_finite(string name)
    {
        var image = new float[64];
        Array.Fill(image, 5f);
        var entry = Catalogue.Normalisers.Get(name);

        entry.Build(entry.Defaults()).Run(image, new Extent(8, 8), IntensityScope.Volume);

        Assert.All(image, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Each_slice_has_its_own_scale()
    {
        float[] image = [0, 1, 2, 3, 10, 20, 30, 40];

        new MinMax(new MinMaxOptions()).Run(image, new Extent(2, 2, 2), IntensityScope.Slice);

        Assert.Equal([0, 1 / 3f, 2 / 3f, 1, 0, 1 / 3f, 2 / 3f, 1], image, (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Statistics_of_the_training_cases_survive_JSON_and_steer_a_test_case()
    {
        var collector = new IntensityCollector();
        collector.Add([0, 10], default);
        collector.Add([20, float.NaN, 30], default);
        var read = System.Text.Json.JsonSerializer.Deserialize<IntensityStatistics>(System.Text.Json.JsonSerializer.Serialize(collector.Statistics()))!;
        float[] test = [15, 30];

        new MinMax(new MinMaxOptions()).Run(test, new Extent(2, 1), IntensityScope.DataSet, default, read);

        Assert.Equal([0.5f, 1f], test, (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void A_data_sets_statistics_cannot_steer_an_equalisation()
    {
        var e = Assert.Throws<UsageException>(() => new Equalisation(new EqualisationOptions()).Run(new float[4], new Extent(2, 2), IntensityScope.DataSet));

        Assert.Equal("this normalisation follows each image's own histogram; a data set's statistics cannot steer it", e.Message);
    }

    [Fact]
    public void Percentiles_of_negative_and_positive_values_are_between_their_neighbours()
    {
        var found = IntensityStatistics.Of([-3, -1, 0, 2, 4], default, [10]);

        Assert.Equal(-2.2, found.At(10), 1e-12);
        Assert.Equal(0, found.Median);
        Assert.Equal(3, found.InterquartileRange);
    }
}
