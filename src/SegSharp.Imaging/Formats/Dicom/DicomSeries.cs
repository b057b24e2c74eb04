using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>Images that belong together: one series, orientation and size. Known from headers; pixels are read by <see cref="Read"/>.</summary>
/// <remarks>
/// Says nothing that names the patient: <see cref="Identifiers"/> does, for those who ask.
/// Source: DICOM PS3.3 C.7.6.2 (image plane), C.7.6.16 (functional groups).
/// </remarks>
public sealed class DicomSeries
{
    private readonly IReadOnlyList<DicomSlice> _slices;
    private readonly DicomStacking _stacking;

    internal DicomSeries(int number, IReadOnlyList<DicomSlice> slices, IReadOnlyList<DicomFinding> before)
    {
        Number = number;
        _slices = slices;
        _stacking = DicomStacking.Of(slices);
        Findings = [.. before, .. _stacking.Findings];
        Files = [.. slices.Select(s => s.Image.Path).Distinct(StringComparer.Ordinal)];
        VoxelType = IsSegmentation ? VoxelType.UInt16 : DicomScale.TypeFor(slices);
    }

    /// <summary>Which one of its folder it is, from 1: what stands after the # in <c>FOLDER#2</c>.</summary>
    public int Number { get; }

    /// <summary>The number that the scanner gave it, or null.</summary>
    public int? SeriesNumber => First.SeriesNumber;

    /// <summary>The description that the scanner gave it; null where there is none or where it may name somebody.</summary>
    public string? Description => First.Description;

    /// <summary>CT, MR, US …; null where it is not stated.</summary>
    public string? Modality => First.Modality;

    /// <summary>What the files are: "image", "segmentation", "radiotherapy dose".</summary>
    public string Kind => First.Kind.Name;

    /// <summary>Whether it is a segmentation: <see cref="DicomSegmentation"/> reads it as labels.</summary>
    public bool IsSegmentation => First.Kind == DicomKind.Segmentation;

    /// <summary>The files, in the order found.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>How the pixels are stored: "JPEG lossless", "implicit little endian".</summary>
    public string Storage => string.Join(", ", _slices.Select(s => s.Image.SyntaxName).Distinct(StringComparer.Ordinal));

    /// <summary>The grid that <see cref="Read"/> gives. Sheared where the gantry was tilted.</summary>
    public Geometry Geometry => _stacking.Geometry;

    /// <summary>Numbers per voxel: colours times time points.</summary>
    public int Channels => First.Channels * Times;

    /// <summary>Time points or echoes.</summary>
    public int Times => _stacking.Times.Count;

    /// <summary>
    /// The type that holds all that the headers allow: whole values stay whole, values scaled by fractions are float32.
    /// <see cref="Read"/> gives int16 instead of int32 where the values of 16-bit files fit.
    /// </summary>
    public VoxelType VoxelType { get; }

    /// <summary>Degrees between the way the slices are stacked and their normal; 0 where they are straight.</summary>
    public double GantryTilt => _stacking.TiltAngle;

    /// <summary>All that is odd about it, in the order found.</summary>
    public IReadOnlyList<DicomFinding> Findings { get; }

    internal DicomImage First => _slices[0].Image;

    internal IReadOnlyList<DicomSlice?[]> Stacked => _stacking.Times;

    /// <summary>The series below a folder, by their number. Files that are not DICOM are passed over.</summary>
    /// <exception cref="InputException">No such folder.</exception>
    public static IReadOnlyList<DicomSeries> Find(string folder, CancellationToken cancel = default) => DicomFolder.Read(folder, cancel: cancel).Series;

    /// <summary>The one series of a file, which may hold many frames.</summary>
    /// <exception cref="InputException">Not a DICOM file, damaged, or without pixels; frames that differ in orientation.</exception>
    public static DicomSeries OfFile(string path)
    {
        var image = DicomImage.Open(path);
        return DicomFolder.Group([image]) is [var one]
            ? one
            : throw new InputException($"'{path}' holds frames of several orientations", "segsharp info FOLDER lists them; choose one with FOLDER#N");
    }

    /// <summary>Who and what it is about, read from its first file.</summary>
    public DicomIdentifiers Identifiers() => DicomIdentifiers.Read(Files[0]);

    /// <summary>Reads all pixels as a volume: slices in order, values scaled, time points and colours as channels (colours of the first time, then of the next).</summary>
    /// <param name="reading">What may be passed over, and how many decoders work; null = the defaults.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two files.</param>
    /// <exception cref="InputException">An error among the findings, or a file that cannot be decoded; the message names it.</exception>
    public Volume Read(DicomReading? reading = null, Action<RunEvent>? on = null, CancellationToken cancel = default) =>
        ReadAs(Reading.Colours, reading ?? new DicomReading(), on, cancel);

    // A source stands for the one file where its bytes are at hand already.
    internal Volume ReadAs(Reading colours, DicomReading reading, Action<RunEvent>? on = null, CancellationToken cancel = default, ByteSource? source = null)
    {
        if (!reading.Anyway)
        {
            foreach (var finding in Findings)
            {
                if (finding.Severity == DicomSeverity.Error)
                {
                    throw new InputException($"the series in '{Where}' is not read: {finding.Message}", finding.Fix);
                }
            }
        }

        if (IsSegmentation)
        {
            return DicomSegmentation.Read(Files[0]).ToLabelMap().ToVolume();
        }

        var places = _stacking.Times.SelectMany((slices, time) => slices.Select((slice, z) => (slice, time, z))).ToList();
        var samples = colours == Reading.Colours ? First.Channels : First.Samples;
        var type = colours == Reading.Colours && First.Photometric == "PALETTE COLOR" ? null : (VoxelType?)VoxelType;
        var byFile = places.Where(p => p.slice is not null).GroupBy(p => p.slice!.Value.Image).ToList();
        Volume? volume = null;
        var gate = new Lock();
        var done = 0;
        InputException? error = null;
        Volume Made(DicomPlanes planes)
        {
            lock (gate)
            {
                if (volume is null)
                {
                    var made = type ?? planes.Type;
                    Limits.CheckSize(Where, Geometry.Extent, samples * Times, made);
                    volume = Volume.Zeros(Name, Geometry, samples * Times, made);
                }

                return volume;
            }
        }

        var workers = reading.Decoders > 0 ? reading.Decoders : Math.Min(4, Environment.ProcessorCount);
        _ = Parallel.For(
            0,
            byFile.Count,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            () => new DicomDecoder(reading.TimeLimit),
            (index, loop, decoder) =>
            {
                if (cancel.IsCancellationRequested || loop.IsStopped)
                {
                    loop.Stop();
                    return decoder;
                }

                try
                {
                    var image = byFile[index].Key;
                    var planes = source is null ? DicomPixels.Read(image.Path, colours, decoder) : DicomPixels.Read(source, colours, decoder);
                    if (planes.Channels != samples || planes.Page != Geometry.Extent.Page || planes.Frames != image.FrameCount)
                    {
                        throw new InputException($"'{image.Path}' is damaged: its pixels are not what its header says", "copy or download the file again");
                    }

                    Put(byFile[index].Select(p => (p.slice!.Value.Frame, p.time, p.z)), image.Path, planes, Made(planes), samples);
                    on?.Invoke(new Progressed("read", Interlocked.Increment(ref done), byFile.Count));
                }
                catch (InputException e)
                {
                    lock (gate)
                    {
                        error ??= e;
                    }

                    loop.Stop();
                }

                return decoder;
            },
            decoder => decoder.Dispose());
        cancel.ThrowIfCancellationRequested();
        if (error is not null)
        {
            throw new InputException(error.Message, error.Fix, error);
        }

        FillMissing(volume!, samples);
        return Narrow(volume!);
    }

    /// <summary>One line for a list: <c>#2  series 4, CT, "Thorax", 512x512x120</c>. Names no patient.</summary>
    public override string ToString() =>
        $"#{Number}  {(SeriesNumber is { } n ? $"series {n}" : "series without a number")}, {Modality ?? "no modality"}{(Description is { } d ? $", \"{d}\"" : "")}, {Geometry.Extent}{(Times > 1 ? $" at {Times} times" : "")}{(IsSegmentation ? ", segmentation" : "")}";

    internal string Name => Files.Count == 1 ? First.Name : Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(Files[0]))!);

    private string Where => Files.Count == 1 ? Files[0] : Path.GetDirectoryName(Files[0]) ?? Files[0];

    private static void Put(IEnumerable<(DicomFrame Frame, int Time, int Z)> places, string path, DicomPlanes planes, Volume volume, int samples)
    {
        var bytes = (int)(volume.Extent.PageCount * volume.VoxelType.Size());
        foreach (var (frame, time, z) in places)
        {
            for (var c = 0; c < samples; c++)
            {
                var at = ((((long)time * samples) + c) * volume.Extent.Depth) + z;
                DicomScale.Apply(path, planes.Plane(frame.Index, c), planes.Type, frame, volume.Bytes.AsSpan((int)(at * bytes), bytes), volume.VoxelType);
            }
        }
    }

    // Sixteen stored bits with an intercept could leave int16 and hardly ever do.
    private Volume Narrow(Volume volume)
    {
        if (volume.VoxelType != VoxelType.Int32 || _slices.Any(s => s.Image.BitsAllocated > 16))
        {
            return volume;
        }

        var (low, high) = volume.ValueRange();
        return low >= short.MinValue && high <= short.MaxValue ? volume.Convert(VoxelType.Int16) : volume;
    }

    private void FillMissing(Volume volume, int samples)
    {
        if (!_stacking.Times.Any(t => t.Any(s => s is null)))
        {
            return;
        }

        // The lowest value of what is there. Slices that are missing are zeros as yet, and must not count as that.
        var page = (int)(volume.Extent.PageCount * volume.VoxelType.Size());
        var present = new List<byte[]>();
        foreach (var (slices, time) in _stacking.Times.Select((s, t) => (s, t)))
        {
            present.AddRange(slices.Select((s, z) => (s, z)).Where(p => p.s is not null).Select(p => volume.Bytes.AsSpan(((time * samples * volume.Extent.Depth) + p.z) * page, page).ToArray()));
        }

        var low = present.Min(p => new Volume("", Geometry.Pixels(volume.Extent.Page), 1, volume.VoxelType, p).ValueRange().Low);
        var fill = new Volume("", Geometry.Pixels(new Extent(1, 1)), 1, VoxelType.Float64, BitConverter.GetBytes(low)).Convert(volume.VoxelType).Bytes;
        for (var t = 0; t < Times; t++)
        {
            for (var z = 0; z < volume.Extent.Depth; z++)
            {
                for (var c = 0; c < samples && _stacking.Times[t][z] is null; c++)
                {
                    var slice = volume.Bytes.AsSpan(((((t * samples) + c) * volume.Extent.Depth) + z) * page, page);
                    for (var i = 0; i < slice.Length; i += fill.Length)
                    {
                        fill.CopyTo(slice[i..]);
                    }
                }
            }
        }
    }
}
