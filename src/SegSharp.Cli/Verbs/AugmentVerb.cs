using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Augmentation;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Imaging;
using TransformCatalogue = SegSharp.Augmentation.Catalogue;

namespace SegSharp.Cli.Verbs;

/// <summary><c>augment</c>: original and augmented side by side, with what was drawn.</summary>
internal static class AugmentVerb
{
    private const int MostTries = 200;

    private static readonly Argument<string> Source = new("SRC") { Description = "picture, stack, volume, or data set (nnU-Net layout)" };
    private static readonly Option<string?> Mask = new("--mask") { Description = "label map on the same grid, drawn as outlines", HelpName = "FILE" };
    private static readonly Option<string?> Case = new("--case") { Description = "the case of a data set (default: its first)", HelpName = "ID" };
    private static readonly Option<string[]> Only = new("--only") { Description = $"these alone, each for certain: {string.Join(", ", TransformCatalogue.Transforms.Names)}", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> All = new("--all") { Description = "a figure for every augmentation there is; --out is then a folder" };
    private static readonly Option<string?> Preset = new("--augmentation") { Description = $"a preset: {string.Join(", ", Presets.Names)}", HelpName = "NAME" };
    private static readonly Option<string?> RecipeFile = new("--recipe") { Description = "the preparation and augmentation of this recipe: what a training would see", HelpName = "NAME|FILE" };
    private static readonly Option<string[]> Set = new("--set") { Description = "an option of an augmentation: --set elastic.largest=12", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
    private static readonly Option<int> Grid = new("--grid") { Description = "that many draws in one figure", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Slice = new("--slice") { Description = "one slice or page as a picture of its own, from 0 (default: a volume whole; of a stack the middle page)", HelpName = "N" };
    private static readonly Option<int> Channel = new("--channel") { Description = "the channel to draw, from 0", HelpName = "N" };
    private static readonly Option<string?> Record = new("--record") { Description = "write what was drawn there", HelpName = "FILE" };
    private static readonly Option<string?> Replay = new("--replay") { Description = "apply what --record wrote, bit for bit, instead of drawing", HelpName = "FILE" };
    private static readonly Option<string?> Out = new("--out") { Description = "the figure: .png, .svg or .pdf (with --all: a folder)", HelpName = "FILE" };

    public static Command Create()
    {
        var verb = new Command("augment", "original and augmented side by side, with the drawn parameters written beside")
        {
            Source, Mask, Case, Only, All, Preset, RecipeFile, Set, Grid, Slice, Channel, Record, Replay, Out,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => Run(context, args)));
        return verb;
    }

    private static void Run(VerbContext context, ParseResult args)
    {
        RequireOne(args);
        if (args.GetValue(Replay) is not null)
        {
            NetworkVerb.Refuse(args, "--replay applies what was drawn before", Set, Grid, CommonOptions.Seed);
        }

        var count = args.GetValue(Grid) is >= 1 and <= 64 and var n ? n : throw new UsageException($"--grid is {args.GetValue(Grid)}; it must lie between 1 and 64", "--grid 8");
        var recipe = args.GetValue(RecipeFile) is { } file ? OptionsJson.Read<Recipe>(RecipeSource.Json(file), "") : new Recipe();
        var shown = Read(args, recipe);
        var figures = new List<(string Name, IReadOnlyList<IReadOnlyList<Drawn>> Draws)>();
        if (args.GetValue(Replay) is { } record)
        {
            figures.Add(("replayed", [.. AugmentationRecord.Read(record).Samples.Select(s => s.Drawn)]));
        }
        else
        {
            foreach (var (name, options, certain) in Asked(args, recipe))
            {
                figures.Add((name, Draw(context, options, certain, shown.Sample, count)));
            }
        }

        Show(context, args, shown, figures);
    }

    private static void RequireOne(ParseResult args)
    {
        string[] given =
        [
            .. args.GetValue(Only) is { Length: > 0 } ? ["--only"] : Array.Empty<string>(),
            .. args.GetValue(All) ? ["--all"] : Array.Empty<string>(),
            .. args.GetValue(Preset) is not null ? ["--augmentation"] : Array.Empty<string>(),
            .. args.GetValue(Replay) is not null ? ["--replay"] : Array.Empty<string>(),
        ];
        if (given.Length > 1)
        {
            throw new UsageException($"{string.Join(" and ", given)} exclude each other", $"choose {given[0]} alone");
        }
    }

    // Named augmentations happen for certain, so that there is something to see; those of a recipe as often as in a training.
    private static IEnumerable<(string Name, IReadOnlyList<TransformOptions> Options, bool Certain)> Asked(ParseResult args, Recipe recipe)
    {
        var settings = new JsonObject();
        OptionsJson.SetAll(settings, args.GetValue(Set)!);
        var names = args.GetValue(All) ? [.. TransformCatalogue.Transforms.Names] : args.GetValue(Only) ?? [];
        var preset = args.GetValue(Preset) is { } p ? Presets.Get(p) : recipe.Augmentation;
        var known = names.Length > 0
            ? names.Select(n => TransformCatalogue.Transforms.Get(n).Name).ToList()
            : [.. preset.Select(o => TransformCatalogue.Transforms.GetByOptions(o.GetType()).Name).Distinct()];
        foreach (var (key, value) in settings)
        {
            if (!known.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                throw UsageException.Unknown("augmentation in --set", key, known);
            }

            if (value is not JsonObject)
            {
                throw new UsageException($"'{key}={value}' sets no option of an augmentation", "--set elastic.largest=12");
            }
        }

        TransformOptions With(JsonObject json, string name)
        {
            if (settings[name] is JsonObject own)
            {
                OptionsJson.Merge(json, own);
            }

            var options = OptionsJson.Read<TransformOptions>(json, name);
            UsageException.ThrowIfAny(options.Check());
            return options;
        }

        TransformOptions Certain(string name)
        {
            var json = OptionsJson.Write(TransformCatalogue.Transforms.Get(name).Defaults());
            if (json.ContainsKey("probability"))
            {
                json["probability"] = 1;
            }

            return With(json, name);
        }

        if (args.GetValue(All))
        {
            return known.Select(n => (n, (IReadOnlyList<TransformOptions>)[Certain(n)], true));
        }

        return names.Length > 0
            ? [(string.Join(", ", known), [.. known.Select(Certain)], true)]
            : [(args.GetValue(Preset) ?? "recipe", [.. preset.Select(o => With(OptionsJson.Write(o), TransformCatalogue.Transforms.GetByOptions(o.GetType()).Name))], false)];
    }

    private static List<IReadOnlyList<Drawn>> Draw(VerbContext context, IReadOnlyList<TransformOptions> options, bool certain, Sample sample, int count)
    {
        var augment = Augmentations.From(options);
        var root = new RandomStream(context.Seed).Derive("augment");
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            // Flips and turns may draw "as it is": asked for by name, they are drawn until they are not.
            IReadOnlyList<Drawn> drawn = [];
            for (var attempt = 0; attempt < (certain ? MostTries : 1) && drawn.Count == 0; attempt++)
            {
                drawn = augment.Draw(root.Derive(i).Derive(attempt), sample.Extent, sample.Channels - sample.Places);
            }

            return drawn;
        })];
    }

    private static void Show(VerbContext context, ParseResult args, ShownSample shown, List<(string Name, IReadOnlyList<IReadOnlyList<Drawn>> Draws)> figures)
    {
        var (target, all) = (args.GetValue(Out), args.GetValue(All));
        var sample = shown.Sample;
        var samples = new JsonArray();
        var table = new Table(new("draw", "draw"), new("step", "step"), new("parameters", "parameters"));
        var written = new List<string>();
        foreach (var (name, draws) in figures)
        {
            context.Cancel.ThrowIfCancellationRequested();
            var changed = draws.Select(d => (Drawn: d, Changed: Augmentations.Apply(sample, d))).ToList();
            foreach (var ((drawn, result), i) in changed.Select((c, i) => (c, i)))
            {
                foreach (var step in drawn)
                {
                    table.Add(all ? name : i + 1, DrawnText.NameOf(step), string.Join(", ", DrawnText.Of(step)));
                }

                samples.Add(new JsonObject
                {
                    ["augmentation"] = name,
                    ["draw"] = i + 1,
                    ["digest"] = Digest(result),
                    ["drawn"] = new JsonArray([.. drawn.Select(d => (JsonNode)DrawnJson.Write(d))]),
                });
            }

            if (target is not null)
            {
                var path = all ? Path.Combine(target, name + ".png") : target;
                if (File.Exists(path) && !context.Overwrite)
                {
                    throw new InputException($"'{path}' exists already", "add --overwrite to replace it");
                }

                AugmentationPictures.Compare(shown, changed, $"{sample.Id}: {name}").Write(path);
                written.Add(path);
            }
        }

        if (args.GetValue(Record) is { } record)
        {
            if (File.Exists(record) && !context.Overwrite)
            {
                throw new InputException($"'{record}' exists already", "add --overwrite to replace it");
            }

            new AugmentationRecord(context.Seed, [.. figures.SelectMany(f => f.Draws).Select(d => new DrawnSample(sample.Id, d))]).Write(record);
        }

        var document = new Document()
            .With("sample", "sample", sample.Id)
            .With("size", "size", sample.Extent.ToString(), sample.Channels == 1 ? $"{sample.Extent}" : $"{sample.Extent}, {sample.Channels} channels")
            .WithView(table, "drawn")
            .WithData("samples", samples);
        if (target is null)
        {
            context.Say("nothing was drawn on paper: --out FILE.png draws the figure");
        }
        else
        {
            document.With("figures", written.Count == 1 ? "figure" : "figures", written, written.Count == 1 ? written[0] : $"{written.Count} in {target}");
        }

        context.Show(document);
    }

    // What a replay must meet bit for bit: image, labels.
    private static string Digest(Sample sample)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<float>(sample.Image));
        hash.AppendData(MemoryMarshal.AsBytes<ushort>(sample.Labels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static ShownSample Read(ParseResult args, Recipe recipe)
    {
        var path = args.GetRequiredValue(Source);
        LoadedCase loaded;
        LabelList? labels = null;
        if (File.Exists(Path.Combine(path, DataSetDescription.FileName)))
        {
            var data = DataSet.Open(path);
            labels = data.Labels;
            loaded = data.Read(args.GetValue(Case) is { } id ? data.Cases.Concat(data.TestCases).FirstOrDefault(c => c.Id == id) ?? data[id] : data.Cases[0]);
        }
        else
        {
            if (args.GetValue(Case) is not null)
            {
                throw new UsageException($"--case belongs to a data set; '{path}' is {(File.Exists(path) ? "a file" : "no folder of one")}", "give the data set's folder as SRC");
            }

            var image = Volume.Read(path);
            var mask = args.GetValue(Mask) is { } m ? LabelMap.Read(m) : null;
            if (mask is not null && mask.Extent != image.Extent)
            {
                throw new InputException($"label map '{mask.Path}' is {mask.Extent} but its image '{path}' is {image.Extent}", $"segsharp info {CommandText.Word(path)} {CommandText.Word(mask.Path!)}");
            }

            loaded = new LoadedCase(new Case(image.Name, [path], mask?.Path), image, mask);
        }

        return Shown(args, recipe, loaded, labels);
    }

    private static ShownSample Shown(ParseResult args, Recipe recipe, LoadedCase loaded, LabelList? labels)
    {
        var image = loaded.Image;
        if (args.GetValue(Channel) is var channel && (channel < 0 || channel >= image.Channels))
        {
            throw new UsageException($"option '--channel' is {channel}; '{image.Name}' has {(image.Channels == 1 ? "channel 0 alone" : $"the channels 0 to {image.Channels - 1}")}");
        }

        var slice = args.GetValue(Slice) ?? (image.Extent.Depth > 1 && !VolumePictures.IsVolume(image) ? image.Extent.Depth / 2 : null);
        if (slice is { } z && (z < 0 || z >= image.Extent.Depth))
        {
            throw new UsageException($"option '--slice' is {z}; '{image.Name}' has {(image.Extent.Depth == 1 ? "slice 0 alone" : $"the slices 0 to {image.Extent.Depth - 1}")}");
        }

        // Parameters are in units of the prepared image. Where nobody says how, values without a natural range become standard deviations.
        var preparation = args.GetValue(RecipeFile) is null && image.VoxelType is not (VoxelType.UInt8 or VoxelType.UInt16)
            ? recipe.Preparation with { Intensity = new Imaging.Normalisation.ZScoreOptions() }
            : recipe.Preparation;
        PreparedCase prepared;
        Geometry grid;
        if (slice is { } page && !preparation.Equals(preparation with { Orientation = null, Crop = null, Size = null, Spacing = null, CropToNonzero = false }))
        {
            prepared = Preparation.Prepare(loaded, preparation, labels);
            page = Math.Min(page, prepared.Sample.Depth - 1);
            grid = prepared.Record.Prepared.OfPage(page);
            prepared = prepared with { Sample = prepared.Slice(page) };
        }
        else if (slice is { } alone)
        {
            prepared = new PreparedCase(Preparation.PrepareSlice(loaded, alone, preparation, labels), PreparationRecord.Unchanged(image.Geometry));
            grid = image.Geometry.OfPage(alone) with { Extent = prepared.Sample.Extent };
        }
        else
        {
            prepared = Preparation.Prepare(loaded, preparation, labels);
            grid = prepared.Record.Prepared with { Extent = prepared.Sample.Extent };
        }

        return new ShownSample(prepared.Sample, grid, image.Path)
        {
            Channel = channel,
            IsColour = image is { VoxelType: VoxelType.UInt8, Channels: 3 or 4 } && preparation.Intensity is Imaging.Normalisation.UnitOptions && args.GetResult(Channel) is null or { Implicit: true },
            Names = labels?.Values.Select(v => labels.Entries.FirstOrDefault(e => e.Labels is [var only] && only == v)?.Name ?? $"label {v}").ToList(),
        };
    }
}
