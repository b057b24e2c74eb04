using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Video;

/// <summary>A film: a video file, decoded by ffmpeg, or a folder of pictures in the order of their names, for which no ffmpeg is needed.</summary>
/// <remarks>
/// Frames of a video are chosen by their time stamps, not by counting: at every 1/<see cref="FramesPerSecond"/> seconds the one that a player shows then. So
/// 29.97 frames a second, and a rate that changes, come out at their true speed. Rotation is undone as a player does.
/// </remarks>
public sealed class VideoSource
{
    private static readonly string[] Endings = [".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".mts", ".m2ts", ".ogv", ".3gp"];
    private readonly IReadOnlyList<string>? _pictures;

    private VideoSource(string path, double framesPerSecond, double? seconds, IReadOnlyList<string>? pictures) =>
        (Path, FramesPerSecond, Seconds, _pictures) = (path, framesPerSecond, seconds, pictures);

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>Frames that are read from every second.</summary>
    public double FramesPerSecond { get; }

    /// <summary>The film's length; null where the file does not say.</summary>
    public double? Seconds { get; }

    /// <summary>How many frames to expect; 0 = unknown.</summary>
    public int Expected => _pictures?.Count ?? (Seconds is { } s ? Math.Max(1, (int)Math.Ceiling((s * FramesPerSecond) - 1e-3)) : 0);

    /// <summary>What was wrong with the end of the film; null when all was well. Known once every frame was read.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Whether a path is a video by its ending.</summary>
    public static bool IsVideo(string path) => Endings.Contains(System.IO.Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Looks at a film.</summary>
    /// <param name="path">A video file, or a folder of pictures.</param>
    /// <param name="framesPerSecond">Frames wanted of every second, at most those that there are; the speed of a folder's pictures.</param>
    /// <exception cref="InputException">Not there, or no film.</exception>
    /// <exception cref="SegSharpException">ffmpeg is not installed.</exception>
    public static VideoSource Open(string path, double framesPerSecond)
    {
        if (Directory.Exists(path))
        {
            var pictures = Directory.EnumerateFiles(path).Where(Formats.Catalogue.HasImageEnding).Order(NaturalOrder.Instance).ToList();
            return pictures.Count > 0
                ? new(path, framesPerSecond, pictures.Count / framesPerSecond, pictures)
                : throw new InputException($"folder '{path}' holds no picture", $"files that can be read end in {string.Join(", ", Formats.Catalogue.Endings)}");
        }

        if (!System.IO.File.Exists(path))
        {
            throw new InputException($"video '{path}' is not there", "give a video file or a folder of pictures");
        }

        var (code, text, said) = Ffmpeg.Ask("ffprobe",
        [
            "-loglevel", "error", "-protocol_whitelist", "file", "-select_streams", "v:0",
            "-show_entries", "stream=width,height,avg_frame_rate,duration:format=duration", "-of", "json", "-i", Ffmpeg.File(path),
        ]);
        if (code != 0)
        {
            throw new InputException($"'{path}' is no video that ffmpeg can read: {Short(said, path)}", "check that the file is whole and plays");
        }

        var found = JsonNode.Parse(text)!;
        if (found["streams"] is not JsonArray { Count: > 0 } streams || (int?)streams[0]!["width"] is null or 0)
        {
            throw new InputException($"'{path}' has no picture in it, only sound or text", "give a file with a video stream");
        }

        var seconds = Number(streams[0]!["duration"]) ?? Number(found["format"]?["duration"]);
        return new(path, Math.Min(framesPerSecond, Rate(streams[0]!["avg_frame_rate"]) ?? framesPerSecond), seconds, null);
    }

    /// <summary>The frames one after the other; one is held at a time.</summary>
    /// <param name="cancel">Looked at between frames; ffmpeg is ended.</param>
    /// <exception cref="InputException">Not one frame could be read; a picture of a folder is unreadable or of another size.</exception>
    /// <exception cref="SegSharpException">ffmpeg ended midway.</exception>
    public IEnumerable<VideoFrame> Frames(CancellationToken cancel = default) => _pictures is null ? Decoded(cancel) : Read(_pictures, cancel);

    private IEnumerable<VideoFrame> Read(IReadOnlyList<string> pictures, CancellationToken cancel)
    {
        Extent? size = null;
        for (var i = 0; i < pictures.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var image = Volume.Read(pictures[i]);
            size ??= image.Extent;
            if (image.Extent != size || image.Extent.Depth != 1 || image.Channels is not (1 or 3 or 4))
            {
                throw new InputException(
                    $"'{pictures[i]}' is {image.Extent} with {image.Channels} channel(s), but the film began with '{pictures[0]}', {size}",
                    "give pictures of one size, grey or in colour");
            }

            yield return new VideoFrame(i, i / FramesPerSecond, Formats.Catalogue.NameOf(pictures[i]), Rgb(image));
        }
    }

    private IEnumerable<VideoFrame> Decoded(CancellationToken cancel)
    {
        var rate = FramesPerSecond.ToString("R", CultureInfo.InvariantCulture);
        using var child = Ffmpeg.Start("ffmpeg",
        [
            "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe", "-i", Ffmpeg.File(Path),
            "-map", "0:v:0", "-vf", $"fps=fps={rate}:round=up", .. Seconds is { } s ? (string[])["-frames:v", $"{Math.Max(1, (int)Math.Ceiling((s * FramesPerSecond) - 1e-3))}"] : [], "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
        ]);
        using var kill = cancel.Register(child.Dispose);
        var pipe = child.Process.StandardOutput.BaseStream;
        var count = 0;
        while (Ppm(pipe, cancel) is { } image)
        {
            yield return new VideoFrame(count, count / FramesPerSecond, image.Name, image);
            count++;
        }

        cancel.ThrowIfCancellationRequested();
        var code = child.End();
        if (count == 0)
        {
            throw new InputException($"not one frame of '{Path}' can be decoded: {Short(child.Said, Path)}", "check that the file is whole and plays");
        }

        if (code > 128)
        {
            throw new SegSharpException($"ffmpeg was ended by signal {code - 128} after {count} frames of '{Path}'", "run the same command again");
        }

        Complaint = code != 0 || child.Said.Length > 0 ? $"'{Path}' is damaged or ends early, {count} frame(s) were read: {Short(child.Said, Path)}" : null;

        // P6, width, height, 255, then the bytes: each picture says its own size, so a film that is turned or changes its size is seen.
        Volume? Ppm(Stream stream, CancellationToken stop)
        {
            var head = new int[3];
            try
            {
                if (stream.ReadByte() < 0)
                {
                    return null;
                }

                _ = stream.ReadByte();
                _ = stream.ReadByte();
                for (var i = 0; i < 3; i++)
                {
                    for (var c = stream.ReadByte(); c is >= '0' and <= '9'; c = stream.ReadByte())
                    {
                        head[i] = (head[i] * 10) + c - '0';
                    }
                }

                var bytes = new byte[checked(3 * head[0] * head[1])];
                return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || bytes.Length == 0
                    ? null
                    : Planes($"frame_{count:D6}", head[0], head[1], bytes);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                stop.ThrowIfCancellationRequested();
                return null;
            }
        }
    }

    private static Volume Planes(string name, int width, int height, byte[] rgb)
    {
        var (pixels, planes) = (width * height, new byte[rgb.Length]);
        for (var i = 0; i < pixels; i++)
        {
            (planes[i], planes[pixels + i], planes[(2 * pixels) + i]) = (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
        }

        return Volume.Of<byte>(name, Geometry.Pixels(new Extent(width, height)), 3, planes);
    }

    // A grey picture in three equal channels; opacity is left away.
    private static Volume Rgb(Volume image)
    {
        if (image.VoxelType != VoxelType.UInt8)
        {
            throw new InputException($"'{image.Path}' has pixels of {image.VoxelType}; frames of a film have 8 bits", $"segsharp convert {image.Path} DST --dtype uint8");
        }

        var pixels = (int)image.Extent.Count;
        byte[] planes = image.Channels == 1
            ? [.. Enumerable.Repeat(image.Channel<byte>(0).ToArray(), 3).SelectMany(p => p)]
            : [.. image.Bytes[..(3 * pixels)]];
        return Volume.Of<byte>(image.Name, image.Geometry, 3, planes);
    }

    private static string Short(string said, string path) =>
        (said.Length == 0 ? "it does not say why" : said).Replace(Ffmpeg.File(path) + ": ", "", StringComparison.Ordinal).TrimEnd('.');

    private static double? Number(JsonNode? node) =>
        node is not null && double.TryParse((string?)node, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    // "30000/1001"
    private static double? Rate(JsonNode? node)
    {
        var parts = ((string?)node ?? "").Split('/');
        return parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var over)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var under)
            && over > 0 && under > 0 ? over / under : null;
    }
}
