using System.CommandLine;
using System.Globalization;
using System.Text;
using SegSharp.Cli.Terminal;
using SegSharp.Features;
using SegSharp.Figures.Plots;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Cli.Verbs;

internal static class FeaturesVerb
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "an encoder of `network list` (vgg16: random weights; vgg16=vgg16.pth: with these), a run's folder or a checkpoint; one model is held against its random twin", Arity = new ArgumentArity(1, 4) };
        var data = new Option<string>("--data") { Description = "pictures with classes: folders named as the classes, the layout of VOC, or a data set (the largest label is the class)", HelpName = "DIR", Required = true };
        var output = new Option<string?>("--out") { Description = "folder for features, embeddings and the figure", HelpName = "DIR" };
        var layer = new Option<string?>("--layer") { Description = "an encoder's resolution (0 = finest) or a network's layer by name (default: the deepest of the encoder)" };
        var number = new Option<int>("--num") { Description = "pictures, of every class as many as there are", HelpName = "N", DefaultValueFactory = _ => 400 };
        var size = new Option<string?>("--size") { Description = "bring every picture to this size (default: 224x224 for an encoder, as trained for a run)", HelpName = "WxH" };
        var average = new Option<bool?>("--average") { Description = "average the places of a map, one number a channel (default: where maps differ in size or are large)", HelpName = "true|false" };
        var perplexity = new Option<double>("--perplexity") { Description = "neighbours that a point listens to", DefaultValueFactory = _ => 30 };
        var iterations = new Option<int>("--iterations") { Description = "steps of t-SNE", DefaultValueFactory = _ => 1000 };
        var theta = new Option<double>("--theta") { Description = "how coarsely far points are taken together, 0 to 1; 0 computes every pair", DefaultValueFactory = _ => 0.5 };
        var start = new Option<EmbeddingStart>("--start") { Description = "where points begin: pca or random" };
        var components = new Option<int>("--components") { Description = "principal components that t-SNE sees", DefaultValueFactory = _ => 50 };
        var verb = new Command("features", "encoder features of two models and their t-SNE side by side, coloured by class")
        {
            models, data, output, layer, number, size, average, perplexity, iterations, theta, start, components,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            var options = new FeatureStudyOptions
            {
                Components = args.GetValue(components),
                Embedding = new()
                {
                    Perplexity = args.GetValue(perplexity),
                    Iterations = args.GetValue(iterations),
                    Theta = args.GetValue(theta),
                    Start = args.GetValue(start),
                    Seed = context.Seed,
                },
            };
            var folder = args.GetRequiredValue(data);
            var images = LabelledImages.Draw(LabelledImages.Find(folder, context.On, context.Cancel), args.GetValue(number), context.Seed);
            var opened = new List<FeatureModel>();
            try
            {
                foreach (var spec in args.GetRequiredValue(models))
                {
                    opened.Add(FeatureModel.Open(spec, args.GetValue(size) is { } grid ? Extent.Parse(grid) : null, context.Seed, Device.Parse(context.Device)));
                }

                if (opened.Count == 1)
                {
                    opened.Add(opened[0].Twin(opened[0].IsTrained ? context.Seed : context.Seed + 1));
                }

                var study = FeatureStudy.Of(opened, images, options, args.GetValue(layer), args.GetValue(average), context.On, context.Cancel);
                Show(context, study, folder, args.GetValue(output));
            }
            finally
            {
                opened.ForEach(m => m.Dispose());
            }
        }));
        return verb;
    }

    private static void Show(VerbContext context, FeatureStudy study, string data, string? folder)
    {
        var table = new Table(
            new("model", "model"), new("features", "features", "N0"), new("averaged", "averaged"), new("explained", "variance kept", "0.000"), new("divergence", "t-SNE divergence", "0.0000"),
            new("purity", $"{study.Neighbours}-NN purity, page", "0.000"), new("featurePurity", "in the features", "0.000"), new("seconds", "PCA + t-SNE s", "0.00"));
        foreach (var view in study.Views)
        {
            table.Add(view.Name, view.Features.Axes, view.Averaged, view.Explained, view.Divergence, view.PagePurity, view.FeaturePurity, view.Seconds);
        }

        var document = new Document()
            .With("images", "pictures", study.Images.Count)
            .With("classes", "classes", study.Classes.Select(c => (object?)c).ToList())
            .With("chance", "purity by chance", Math.Round(study.Chance, 4))
            .With("models", table);
        if (folder is null)
        {
            context.Show(document);
            return;
        }

        for (var i = 0; i < study.Views.Count; i++)
        {
            Npy.Write(Path.Combine(folder, $"features-{i + 1}.npy"), study.Views[i].Features.ToData());
            Npy.Write(Path.Combine(folder, $"embedding-{i + 1}.npy"), study.Views[i].Places.ToData());
        }

        AtomicFile.WriteText(Path.Combine(folder, "images.csv"), Csv(study));
        var figure = new EmbeddingFigure(study, $"What the encoders see in {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)))}: t-SNE of {study.Images.Count} pictures");
        figure.Write(Path.Combine(folder, "embedding.svg"));
        figure.Write(Path.Combine(folder, "embedding.png"));
        context.Show(document.With("figure", "figure", Path.Combine(folder, "embedding.svg")));
    }

    private static string Csv(FeatureStudy study)
    {
        var text = new StringBuilder("image,class").AppendJoin("", study.Views.Select((_, i) => $",x{i + 1},y{i + 1}")).Append('\n');
        for (var i = 0; i < study.Images.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\"{study.Images[i].Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",\"{study.Images[i].Class.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            foreach (var view in study.Views)
            {
                text.Append(CultureInfo.InvariantCulture, $",{view.Places[i][0]:G9},{view.Places[i][1]:G9}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
