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

    // The originals' arithmetic in NumPy's float32 (Caffe's in float64, rounded once), for the grey values 0, 1, 128 and 255.
    [Theory]
    [InlineData("imagenet", 0, -2.11790395f, -2.10077929f, 0.0740646273f, 2.24890828f)]
    [InlineData("imagenet", 1, -2.03571415f, -2.01820731f, 0.205182195f, 2.42857146f)]
    [InlineData("imagenet", 2, -1.80444443f, -1.7870152f, 0.426492572f, 2.6400001f)]
    [InlineData("sam", 0, -2.11790395f, -2.10077929f, 0.0740645081f, 2.24890828f)]
    [InlineData("sam", 1, -2.03571439f, -2.01820731f, 0.205182105f, 2.42857146f)]
    [InlineData("sam", 2, -1.80444443f, -1.7870152f, 0.426492393f, 2.6400001f)]
    [InlineData("caffe-vgg", 0, -104.006989f, -103.006989f, 23.9930115f, 150.993011f)]
    [InlineData("caffe-vgg", 1, -116.66877f, -115.66877f, 11.3312321f, 138.331238f)]
    [InlineData("caffe-vgg", 2, -122.678917f, -121.678917f, 5.32108545f, 132.321091f)]
    public void Conventions_give_the_originals_numbers_to_the_last_bit(string name, int channel, params float[] expected)
    {
        float[] values = [0, 1, 128, 255];
        var options = ((ConventionOptions)Catalogue.Normalisers.Get(name).Defaults()) with { Divisor = 255 };

        Catalogue.Normalisers.Get(name).Build(options).ForChannel(channel, 3).Run(values, new Extent(4, 1), IntensityScope.Volume);

        Assert.Equal(expected, values);
    }

    [Fact]
    public void Conventions_take_grey_as_the_mean_of_the_colours_and_further_channels_in_turn()
    {
        float[] grey = [0.5f], fourth = [0.5f], first = [0.5f];
        var imagenet = new Convention(new ImageNetOptions { Divisor = 1 });

        imagenet.ForChannel(0, 1).Run(grey, new Extent(1, 1), IntensityScope.Volume);
        imagenet.ForChannel(3, 4).Run(fourth, new Extent(1, 1), IntensityScope.Volume);
        imagenet.ForChannel(0, 4).Run(first, new Extent(1, 1), IntensityScope.Volume);

        Assert.Equal((0.5f - 0.449f) / 0.226f, grey[0], 1e-6f);
        Assert.Equal(first, fourth);
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
