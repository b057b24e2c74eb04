using SegSharp.Features;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Features;

[Collection(NativeCollection.Name)]
public sealed class FeatureModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segsharp-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_map_where_the_encoder_ends_is_what_its_last_block_computes()
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        using var network = new UNet(new UNetOptions { Base = 2, Depth = 2 });
        network.Evaluate();
        var image = Tensor.From<float>([.. Enumerable.Range(0, 256).Select(i => i % 7 / 7f)], 1, 1, 16, 16);

        var end = FeatureMap.Of(network, image, layer: null);
        var named = FeatureMap.Of(network, image, "down.2");

        Assert.Equal([1, 8, 4, 4], end.Shape);
        Assert.Equal(end.ToArray<float>(), named.ToArray<float>());
        Assert.True(end.ToArray<float>().Min() >= 0, "behind the ReLU nothing is negative");
        Assert.Equal([1, 2, 16, 16], FeatureMap.Of(network, image, "up.0").Shape);
    }

    [Fact]
    public void An_unknown_layer_lists_what_exists()
    {
        using var scope = new TensorScope();
        using var network = new UNet(new UNetOptions { Base = 2, Depth = 1 });

        var error = Assert.Throws<UsageException>(() => FeatureMap.Of(network, Tensor.Zeros([1, 1, 8, 8]), "dwn.0"));

        Assert.StartsWith("unknown layer 'dwn.0'; known: down.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encoder_and_its_twin_differ_and_a_seed_gives_the_same_features()
    {
        var images = Pictures("a", "b");

        using var model = FeatureModel.Open("resnet18", new Extent(32, 32), seed: 1);
        using var same = FeatureModel.Open("resnet18", new Extent(32, 32), seed: 1);
        using var twin = model.Twin(seed: 2);

        var features = model.Compute(images).Features;
        Assert.Equal((4, 512), (features.Count, features.Axes));
        Assert.Equal(features.Values, same.Compute(images).Features.Values);
        Assert.NotEqual(features.Values, twin.Compute(images).Features.Values);
    }

    [Fact]
    public void Weights_of_a_file_are_loaded_whatever_stands_before_their_names()
    {
        var images = Pictures("a", "b");
        using var donor = SegSharp.Networks.Parts.PartCatalogue.BuildEncoder("resnet18", 3, 64);
        var file = Path.Combine(_folder.FullName, "weights.pth");
        PyTorchWriter.Write(file, [.. donor.StateData().Select(s => ("module." + s.Name, s.Value)), ("module.fc.weight", donor.StateData()[0].Value)]);

        using var model = FeatureModel.Open($"resnet18={file}", new Extent(32, 32), seed: 7);
        using var again = FeatureModel.Open($"resnet18={file}", new Extent(32, 32), seed: 8);

        Assert.Equal("resnet18, weights.pth", model.Name);
        Assert.Equal(model.Compute(images).Features.Values, again.Compute(images).Features.Values);
    }

    [Fact]
    public void Maps_of_several_sizes_are_averaged_unless_that_is_forbidden()
    {
        var small = new LabelledImage("small", "a", () => Volume.Of<byte>("small", Geometry.Pixels(new(32, 32)), 1, new byte[32 * 32]));
        var large = new LabelledImage("large", "b", () => Volume.Of<byte>("large", Geometry.Pixels(new(64, 32)), 1, new byte[64 * 32]));
        using var network = new UNet(new UNetOptions { Base = 2, Depth = 2, Classes = 2 });
        var run = Path.Combine(_folder.FullName, "model.pt");
        var recipe = new Recipe { Network = network.Options }.Resolve(new Dictionary<string, int>(StringComparer.Ordinal) { ["background"] = 0, ["cell"] = 1 }, ["grey"]);
        PyTorchWriter.Write(run, network.StateData(), [(Predictor.RecipeEntry, System.Text.Encoding.UTF8.GetBytes(OptionsJson.Write(recipe).ToJsonString()))]);

        using var model = FeatureModel.Open(run);

        var (features, averaged) = model.Compute([small, large]);
        Assert.True(averaged);
        Assert.Equal(8, features.Axes);
        var error = Assert.Throws<InputException>(() => model.Compute([small, large], average: false));
        Assert.Equal("the features of 'large' are 1024 numbers, those of 'small' 512: the images differ in size", error.Message);
    }

    [Fact]
    public void Class_folders_give_every_class_the_same_number_of_pictures()
    {
        Pictures("cat", "dog", "dog", "dog");

        var drawn = LabelledImages.Draw(LabelledImages.Find(_folder.FullName), 5, seed: 0);

        Assert.Equal(["cat", "cat", "dog", "dog", "dog"], drawn.Select(i => i.Class));
        Assert.Equal(drawn.Select(i => i.Name), LabelledImages.Draw(LabelledImages.Find(_folder.FullName), 5, seed: 0).Select(i => i.Name));
    }

    [Fact]
    public void In_the_layout_of_voc_the_first_object_is_the_class()
    {
        var (pictures, notes) = (Directory.CreateDirectory(Path.Combine(_folder.FullName, "JPEGImages")), Directory.CreateDirectory(Path.Combine(_folder.FullName, "Annotations")));
        foreach (var (name, first) in new[] { ("1", "cat"), ("2", "horse") })
        {
            Volume.Of<byte>(name, Geometry.Pixels(new(4, 4)), 1, new byte[16]).Write(Path.Combine(pictures.FullName, name + ".png"));
            File.WriteAllText(Path.Combine(notes.FullName, name + ".xml"), $"<annotation><object><name>{first}</name></object><object><name>person</name></object></annotation>");
        }

        Assert.Equal(["cat", "horse"], LabelledImages.Find(_folder.FullName).Select(i => i.Class));
    }

    [Fact]
    public void Pictures_of_one_class_are_refused()
    {
        Pictures("only");

        var error = Assert.Throws<InputException>(() => LabelledImages.Find(_folder.FullName));

        Assert.Equal($"every picture in '{_folder.FullName}' has the class 'only', so no classes can be told apart", error.Message);
    }

    // Two pictures in every folder named; more when a name comes again.
    private List<LabelledImage> Pictures(params string[] classes)
    {
        for (var i = 0; i < classes.Length; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, classes[i])).FullName;
            for (var k = 0; k < 2; k++)
            {
                byte[] pixels = [.. Enumerable.Range(0, 256).Select(p => (byte)((p * (i + 2)) + (40 * k)))];
                Volume.Of<byte>("p", Geometry.Pixels(new(16, 16)), 1, pixels).Write(Path.Combine(folder, $"{i}{k}.png"));
            }
        }

        return classes.Distinct(StringComparer.Ordinal).Count() < 2 ? [] : [.. LabelledImages.Find(_folder.FullName)];
    }
}
