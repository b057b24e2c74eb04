using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Imaging.Formats.Nrrd;

namespace SegSharp.Cli.Verbs;

internal static class ConvertVerb
{
    public static Command Create()
    {
        var from = new Argument<string>("SRC") { Description = "an image, a folder with a DICOM series (FOLDER#2: the second of several), or a folder of single pictures that become the pages of one stack" };
        var to = new Argument<string>("DST") { Description = "a file whose ending chooses the format, or a folder that takes every page as a PNG of its own" };
        var dtype = new Option<string?>("--dtype") { Description = "type of the voxels; refused where a value would not fit", HelpName = "TYPE" };
        var labels = new Option<bool>("--labels") { Description = "read as labels: palettes give indices, not colours" };
        var spacing = new Option<string?>("--spacing") { Description = "millimetres per voxel, in place of what the file says about its grid: mends a broken header", HelpName = "XxYxZ" };
        var replaceNan = new Option<double?>("--replace-nan") { Description = "voxels that are no finite numbers (NaN, infinite) become this", HelpName = "VALUE" };
        var orientation = new Option<string?>("--orientation") { Description = "turn the axes towards these sides, such as RAS; voxels are reordered, never interpolated", HelpName = "CODE" };
        var channel = new Option<int?>("--channel") { Description = "keep one channel or time point of several (the first is 0)", HelpName = "N" };
        var anyway = new Option<bool>("--anyway") { Description = "read a DICOM series in spite of missing or uneven slices; info FOLDER says what is done then" };
        var reference = new Option<string?>("--reference") { Description = "for a mask that becomes a DICOM segmentation (.dcm): the folder or file of the series that it belongs to", HelpName = "SERIES" };
        var verb = new Command("convert", "any readable image, volume or stack to another format; the geometry is kept") { from, to, dtype, labels, spacing, replaceNan, orientation, channel, anyway, reference };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
            Convert(
                context,
                args.GetRequiredValue(from),
                args.GetRequiredValue(to),
                new Changes(
                    args.GetValue(channel),
                    args.GetValue(replaceNan),
                    args.GetValue(orientation) is { } code ? Orientation.Parse(code) : null,
                    args.GetValue(dtype) is { } type ? VoxelTypes.Parse(type) : null),
                args.GetValue(labels),
                args.GetValue(spacing),
                args.GetValue(anyway),
                args.GetValue(reference))));
        return verb;
    }

    private static void Convert(VerbContext context, string from, string to, Changes changes, bool labels, string? spacing, bool anyway, string? reference)
    {
        Triple? millimetres = spacing is null ? null : Triple.Parse(spacing) is { X: > 0, Y: > 0, Z: > 0 } given ? given : throw new UsageException($"--spacing {spacing} is not three numbers above 0", "write it as 0.8x0.8x2.5");
        var toFolder = Directory.Exists(to) || to.EndsWith('/') || Path.GetExtension(to).Length == 0;
        var isSegmentation = to.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase);
        if (isSegmentation && reference is null)
        {
            throw new UsageException($"a DICOM file is written only as the segmentation of a series, and '{to}' names none", "add --reference FOLDER, the series that the mask belongs to");
        }

        if (!toFolder && !isSegmentation)
        {
            _ = Catalogue.ForWriting(to);
        }

        if (!context.Overwrite && (File.Exists(to) || (Directory.Exists(to) && Directory.EnumerateFiles(to).Any(Catalogue.HasImageEnding))))
        {
            context.Say($"'{to}' is there already, nothing done; --overwrite does it again");
            context.Show(new Document().WithData("from", from).WithData("written", new System.Text.Json.Nodes.JsonArray()));
            return;
        }

        if (isSegmentation)
        {
            var mask = millimetres is { } s ? LabelMap.Read(from, s) : LabelMap.Read(from);
            var names = SegmentsOf(from, millimetres).Select(segment => new DicomSegment(segment.Label, segment.Name) { Colour = (segment.Red, segment.Green, segment.Blue) });
            DicomSegmentationWriter.Write(to, mask, DicomFolder.Named(reference!) ?? DicomSeries.OfFile(reference!), [.. names]);
            context.Show(new Document().With("from", "from", from).With("image", "image", $"{mask.Extent} labels").With("written", "written", new[] { to }, to));
            return;
        }

        var volume = Read(context, from, labels, millimetres, anyway);
        volume = Changed(context, volume, from, changes);
        IReadOnlyList<string> written;
        if (toFolder)
        {
            written = Stack.WritePages(volume, to, ".png");
        }
        else
        {
            WriteFile(volume, from, to, millimetres);
            written = [to];
        }

        context.Show(new Document()
            .With("from", "from", from)
            .With("image", "image", volume.Describe())
            .With("written", "written", written, written.Count == 1 ? written[0] : $"{written.Count} files in {to}"));
    }

    private static Volume Read(VerbContext context, string from, bool labels, Triple? spacing, bool anyway)
    {
        if (DicomFolder.Named(from) is { } series)
        {
            foreach (var finding in series.Findings.Where(f => f.Severity == DicomSeverity.Warning || (anyway && f.Severity == DicomSeverity.Error)))
            {
                context.On(new Warned(finding.ToString()));
            }

            return series.Read(new DicomReading { Anyway = anyway }, context.On, context.Cancel);
        }

        if (!Directory.Exists(from))
        {
            return ReadOne(from, labels, spacing);
        }

        var files = Stack.FilesIn(from);
        var pages = new List<Volume>(files.Count);
        foreach (var file in files)
        {
            context.Cancel.ThrowIfCancellationRequested();
            pages.Add(ReadOne(file, labels, spacing));
            context.On(new Progressed("read", pages.Count, files.Count));
        }

        if (labels && pages.Exists(p => p.VoxelType == VoxelType.UInt16))
        {
            pages = pages.ConvertAll(p => p.Convert(VoxelType.UInt16));
        }

        return Volume.Stack(Path.GetFileName(Path.GetFullPath(from).TrimEnd('/')), pages);
    }

    private static Volume Changed(VerbContext context, Volume volume, string from, Changes changes)
    {
        volume = changes.Channel is { } only ? Only(volume, from, only) : volume;
        volume = changes.ReplaceNan is { } value ? Replaced(context, volume, value) : volume;
        volume = changes.Orientation is { } code ? volume.Reoriented(code) : volume;
        return changes.Type is { } type ? volume.Convert(type) : volume;
    }

    private static Volume Only(Volume volume, string from, int channel) => channel >= 0 && channel < volume.Channels
        ? volume.Only(channel)
        : throw new UsageException($"'{from}' has {volume.Channels} channel(s), but --channel is {channel} (the first is 0)", $"choose 0 to {volume.Channels - 1}");

    private static Volume Replaced(VerbContext context, Volume volume, double value)
    {
        if (!double.IsFinite(value))
        {
            throw new UsageException($"--replace-nan {value} is no finite number", "--replace-nan 0");
        }

        var mended = volume.ReplaceNotFinite(value, out var count);
        context.On(new Noted(count == 0 ? "every voxel was a finite number already" : $"{count} voxels that were no finite numbers became {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}"));
        return mended;
    }

    // Names and colours of segments go with their labels.
    private static void WriteFile(Volume volume, string from, string to, Triple? spacing)
    {
        if (to.EndsWith(NrrdFormat.SegmentationEnding, StringComparison.OrdinalIgnoreCase) && File.Exists(from) && SegmentsOf(from, spacing) is { Count: > 0 } segments)
        {
            new Segmentation(LabelMap.From(volume), segments).Write(to);
        }
        else
        {
            volume.Write(to);
        }
    }

    private static IReadOnlyList<Segment> SegmentsOf(string file, Triple? spacing)
    {
        using var source = ByteSource.Open(file, spacing);
        return Catalogue.Recognise(source).ReadHeader(source).Segments;
    }

    private static Volume ReadOne(string file, bool labels, Triple? spacing) => (labels, spacing) switch
    {
        (true, { } s) => LabelMap.Read(file, s).ToVolume(),
        (true, null) => LabelMap.Read(file).ToVolume(),
        (false, { } s) => Volume.Read(file, s),
        (false, null) => Volume.Read(file),
    };

    // In this order.
    private sealed record Changes(int? Channel, double? ReplaceNan, Orientation? Orientation, VoxelType? Type);
}
