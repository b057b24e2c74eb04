using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Cli.Verbs;

internal static class InfoVerb
{
    private const int MostLabels = 32;

    // In degrees; headers in single precision are off by less.
    private const double LeastShear = 1e-3;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "images, checkpoints, and folders of DICOM files", Arity = ArgumentArity.OneOrMore };
        var header = new Option<bool>("--header") { Description = "read headers only, no value range and no labels" };
        var identifiers = new Option<bool>("--identifiers") { Description = "of DICOM files also the patient's name and number, days, hospital and UIDs" };
        var verb = new Command("info", "what a file is: format, size, type, spacing, value range, labels; checkpoints: keys, shapes, who wrote it") { files, header, identifiers };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var document = new Document();
            var all = new JsonArray();
            foreach (var file in args.GetRequiredValue(files))
            {
                context.Cancel.ThrowIfCancellationRequested();
                var (data, text) = Describe(context, file, args.GetValue(header), args.GetValue(identifiers));
                all.Add(data);
                document.WithText(text);
            }

            context.Show(document.WithData("files", all));
        }));
        return verb;
    }

    private static (JsonObject Data, string Text) Describe(VerbContext context, string file, bool headerOnly, bool identifiers)
    {
        if (Directory.Exists(file))
        {
            return OfFolder(DicomFolder.Read(file, context.On, context.Cancel), identifiers);
        }

        var isDicom = false;
        using (var source = SegSharp.Imaging.Formats.ByteSource.Open(file))
        {
            var format = Catalogue.TryRecognise(source);
            isDicom = format is DicomFormat;
            if (format is null)
            {
                var head = new byte[16];
                head = head[..source.ReadUpTo(0, head)];
                return IsNumPy(head) ? OfNumPy(file)
                    : IsCheckpoint(file, head) ? OfCheckpoint(file)
                    : throw Catalogue.Unknown(source, ", PyTorch checkpoints, safetensors, NumPy arrays");
            }
        }

        var (data, text) = OfImage(headerOnly ? ImageInfo.ReadHeader(file) : ImageInfo.Read(file));
        if (isDicom && identifiers)
        {
            var who = DicomIdentifiers.Read(file);
            data["identifiers"] = Identifiers(who);
            text += $"\n{Text(who)}";
        }

        return (data, text);
    }

    private static (JsonObject Data, string Text) OfFolder(DicomFolder folder, bool identifiers)
    {
        var all = new JsonArray();
        var lines = new List<string> { folder.Folder };
        foreach (var series in folder.Series)
        {
            var who = identifiers ? series.Identifiers() : null;
            all.Add(new JsonObject
            {
                ["number"] = series.Number,
                ["seriesNumber"] = series.SeriesNumber,
                ["modality"] = series.Modality,
                ["description"] = series.Description,
                ["kind"] = series.Kind,
                ["storage"] = series.Storage,
                ["files"] = series.Files.Count,
                ["size"] = series.Geometry.Extent.ToString(),
                ["spacing"] = new JsonArray(series.Geometry.Spacing.X, series.Geometry.Spacing.Y, series.Geometry.Spacing.Z),
                ["orientation"] = series.Geometry.Orientation.ToString(),
                ["channels"] = series.Channels,
                ["times"] = series.Times,
                ["type"] = series.VoxelType.Text(),
                ["gantryTilt"] = series.GantryTilt,
                ["findings"] = Findings(series.Findings),
                ["identifiers"] = who is null ? null : Identifiers(who),
            });
            var s = series.Geometry.Spacing;
            lines.Add($"  {series}: {series.Files.Count} files, {s.X:0.####}x{s.Y:0.####}x{s.Z:0.####} mm, {series.Geometry.Orientation}, {series.VoxelType.Text()}, {series.Storage}");
            lines.AddRange(series.Findings.Select(f => $"      {f.Severity.ToString().ToLowerInvariant()}: {f}"));
            if (who is not null)
            {
                lines.Add($"    {Text(who)}");
            }
        }

        lines.AddRange(folder.Others.GroupBy(o => o.Kind).Select(g => $"  {g.Count()} x {g.Key}"));
        lines.AddRange(folder.Findings.Select(f => $"  {f.Severity.ToString().ToLowerInvariant()}: {f}"));
        lines.Add($"  {folder.Series.Count} series; {folder.Strangers} files are not DICOM");
        var data = new JsonObject
        {
            ["path"] = folder.Folder,
            ["kind"] = "folder",
            ["series"] = all,
            ["others"] = new JsonArray([.. folder.Others.Select(o => (JsonNode)new JsonObject { ["path"] = o.Path, ["kind"] = o.Kind })]),
            ["findings"] = Findings(folder.Findings),
            ["notDicom"] = folder.Strangers,
        };
        return (data, string.Join('\n', lines));
    }

    private static JsonArray Findings(IEnumerable<DicomFinding> findings) => [.. findings.Select(f => new JsonObject
    {
        ["kind"] = JsonNamingPolicy.CamelCase.ConvertName(f.Kind.ToString()),
        ["severity"] = JsonNamingPolicy.CamelCase.ConvertName(f.Severity.ToString()),
        ["message"] = f.Message,
        ["fix"] = f.Fix,
    })];

    private static JsonObject Identifiers(DicomIdentifiers who) => new()
    {
        ["patientName"] = who.PatientName,
        ["patientId"] = who.PatientId,
        ["birthDate"] = who.BirthDate,
        ["accession"] = who.Accession,
        ["institution"] = who.Institution,
        ["studyDate"] = who.StudyDate,
        ["studyUid"] = who.StudyUid,
        ["seriesUid"] = who.SeriesUid,
    };

    private static string Text(DicomIdentifiers who) =>
        $"  patient {who.PatientName ?? "without a name"}, number {who.PatientId ?? "none"}, born {who.BirthDate ?? "unknown"}, study of {who.StudyDate ?? "no date"}, {who.Institution ?? "no institution"}, accession {who.Accession ?? "none"}, series {who.SeriesUid ?? "none"}";

    private static bool IsNumPy(ReadOnlySpan<byte> head) => head.Length > 6 && head[0] == 0x93 && head[1..].StartsWith("NUMPY"u8);

    private static bool IsCheckpoint(string file, ReadOnlySpan<byte> head) =>
        head.StartsWith("PK"u8) || (head.Length > 1 && head[0] == 0x80) || (head.Length > 8 && head[8] == '{')
        || ((string[])[".pt", ".pth", ".ckpt", ".safetensors"]).Any(e => file.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    private static (JsonObject Data, string Text) OfImage(ImageInfo info)
    {
        var data = new JsonObject
        {
            ["path"] = info.Path,
            ["kind"] = "image",
            ["format"] = info.Format,
            ["storage"] = info.Storage,
            ["bytes"] = info.Bytes,
            ["size"] = info.Extent.ToString(),
            ["pages"] = info.Pages,
            ["channels"] = info.Channels,
            ["type"] = info.VoxelType.Text(),
            ["bits"] = info.Bits,
            ["palette"] = info.HasPalette,
            ["spacing"] = info.Spacing is { } s ? new JsonArray(s.X, s.Y, s.Z) : null,
            ["origin"] = info.Geometry is { } at ? Numbers(at.Origin) : null,
            ["direction"] = info.Geometry is { } along ? new JsonArray(Numbers(along.Direction.AlongX), Numbers(along.Direction.AlongY), Numbers(along.Direction.AlongZ)) : null,
            ["orientation"] = info.Geometry?.Orientation.ToString(),
            ["shearDegrees"] = info.Geometry?.Direction.ShearDegrees(),
            ["header"] = new JsonObject(info.Facts.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Text))),
            ["segments"] = new JsonArray([.. info.Segments.Select(g => (JsonNode)new JsonObject { ["label"] = g.Label, ["name"] = g.Name, ["colour"] = $"#{g.Red:x2}{g.Green:x2}{g.Blue:x2}" })]),
            ["range"] = info.Low is { } low ? new JsonArray(JsonText.Of(low), JsonText.Of(info.High)) : null,
            ["labels"] = info.Labels is { } labels ? new JsonArray([.. labels.Select(l => (JsonNode)new JsonObject { ["label"] = l.Label, ["voxels"] = l.Voxels })]) : null,
        };
        var lines = new List<(string, string)>
        {
            ("format", $"{info.Format} ({info.Storage})"),
            ("size", info.Pages == 1 ? info.Extent.ToString() : $"{info.Extent} ({info.Pages} pages)"),
            ("type", $"{info.VoxelType.Text()}, {info.Channels} channel{(info.Channels == 1 ? "" : "s")}{(info.HasPalette ? $", palette of {info.Bits} bits" : "")}"),
            ("spacing", info.Spacing is { } mm ? $"{mm} mm" : "not stated"),
        };
        if (info.Geometry is { } grid)
        {
            var shear = grid.Direction.ShearDegrees();
            lines.Add(("origin", $"{Text(grid.Origin)} mm (RAS+)"));
            lines.Add(("orientation", grid.Orientation + (IsOblique(grid) ? ", oblique" : "") + (shear > LeastShear ? $", sheared by {shear:0.###} degrees" : "")));
            lines.Add(("direction", $"x ({Text(grid.Direction.AlongX)}), y ({Text(grid.Direction.AlongY)}), z ({Text(grid.Direction.AlongZ)})"));
        }

        lines.AddRange(info.Facts);
        if (info.Segments.Count > 0)
        {
            lines.Add(("segments", string.Join(", ", info.Segments.Take(MostLabels).Select(g => $"{g.Label}: {g.Name}")) + (info.Segments.Count > MostLabels ? $", and {info.Segments.Count - MostLabels} more" : "")));
        }

        if (info.Low is not null)
        {
            lines.Add(("values", $"{Table.Text(info.Low)} to {Table.Text(info.High)}"));
        }

        if (info.Labels is { } all)
        {
            var shown = all.Take(MostLabels).Select(l => $"{l.Label}: {l.Voxels} ({100.0 * l.Voxels / info.Extent.Count:0.0} %)");
            lines.Add(("labels", string.Join(", ", shown) + (all.Count > MostLabels ? $", and {all.Count - MostLabels} more" : "")));
        }

        return (data, Lines(info.Path, lines));
    }

    // An axis that is not one of the world's: single precision rounds less than that away.
    private static bool IsOblique(Geometry grid) =>
        Enumerable.Range(0, 3).Any(axis => Math.Abs(grid.Direction[axis][grid.Orientation.WorldAxis(axis)]) < 1 - 1e-8);

    private static JsonArray Numbers(Triple t) => new(t.X, t.Y, t.Z);

    private static string Text(Triple t) => string.Join(", ", ((double[])[t.X, t.Y, t.Z]).Select(v => Math.Round(v, 5).ToString("0.#####", CultureInfo.InvariantCulture)));

    private static (JsonObject Data, string Text) OfCheckpoint(string file)
    {
        var checkpoint = Checkpoint.Read(file);
        var parameters = checkpoint.Tensors.Values.Sum(t => t.Count);
        var data = new JsonObject
        {
            ["path"] = file,
            ["kind"] = "checkpoint",
            ["format"] = checkpoint.Format,
            ["bytes"] = new FileInfo(file).Length,
            ["writtenBy"] = checkpoint.WrittenBy,
            ["weightsAt"] = checkpoint.WeightsAt,
            ["numbers"] = parameters,
            ["tensors"] = new JsonArray([.. checkpoint.Tensors.Select(t => (JsonNode)new JsonObject { ["name"] = t.Key, ["shape"] = JsonText.Of(t.Value.Shape), ["type"] = Type(t.Value) })]),
            ["entries"] = new JsonArray([.. checkpoint.Entries.Select(e => (JsonNode)e)]),
        };
        var lines = new List<(string, string)>
        {
            ("format", checkpoint.Format),
            ("written by", checkpoint.WrittenBy ?? "not stated"),
            ("weights", $"{checkpoint.Tensors.Count} tensors, {parameters} numbers{(string.IsNullOrEmpty(checkpoint.WeightsAt) ? "" : $", under '{checkpoint.WeightsAt}'")}"),
        };
        var width = checkpoint.Tensors.Keys.Select(k => k.Length).DefaultIfEmpty().Max();
        var tensors = checkpoint.Tensors.Select(t => $"  {t.Key.PadRight(width)}  {Type(t.Value)} [{string.Join(", ", t.Value.Shape)}]");
        return (data, string.Join('\n', [Lines(file, lines), .. tensors]));
    }

    private static (JsonObject Data, string Text) OfNumPy(string file)
    {
        var array = Npy.Read(file);
        var data = new JsonObject { ["path"] = file, ["kind"] = "array", ["format"] = "NumPy", ["bytes"] = new FileInfo(file).Length, ["shape"] = JsonText.Of(array.Shape), ["type"] = Type(array) };
        return (data, Lines(file, [("format", "NumPy"), ("shape", $"[{string.Join(", ", array.Shape)}]"), ("type", Type(array))]));
    }

    private static string Type(TensorData tensor) => tensor.DType.ToString().ToLower(CultureInfo.InvariantCulture);

    private static string Lines(string title, IReadOnlyList<(string Label, string Text)> lines)
    {
        var width = lines.Max(l => l.Label.Length);
        return string.Join('\n', lines.Select(l => $"  {l.Label.PadRight(width)}  {l.Text}").Prepend(title));
    }
}
