using System.Globalization;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Video;

/// <summary>Writes a film: an MP4 or a GIF through ffmpeg, or a folder of PNG pictures without it. A file appears only when it is whole.</summary>
public sealed class VideoWriter : IDisposable
{
    private readonly string _path;
    private readonly double _framesPerSecond;
    private readonly DirectoryInfo? _aside;
    private Ffmpeg.Child? _child;
    private (int Width, int Height) _size;
    private int _count;

    /// <summary>Prepares a film; nothing lies at its place before <see cref="Finish"/>.</summary>
    /// <param name="path">Ends in .mp4 or .gif, or names a folder.</param>
    /// <param name="framesPerSecond">Its speed.</param>
    /// <exception cref="UsageException">Another ending.</exception>
    public VideoWriter(string path, double framesPerSecond)
    {
        CheckName(path);
        (_path, _framesPerSecond) = (path, framesPerSecond);
        _aside = IsFolder(path) ? null : Directory.CreateTempSubdirectory("segsharp-video-");
    }

    /// <summary>What encoded it: <c>libx264</c>, <c>mpeg4</c>, <c>gif</c>, or <c>png</c> of a folder.</summary>
    public string Encoder => IsFolder(_path) ? "png" : IsGif ? "gif" : Ffmpeg.Encoder;

    private bool IsGif => _path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase);

    private string Aside => Path.Combine(_aside!.FullName, IsGif ? "film.gif" : "film.mp4");

    /// <summary>Refuses a name that no film can be written to.</summary>
    public static void CheckName(string path)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        if (!IsFolder(path) && ending is not (".mp4" or ".gif"))
        {
            throw new UsageException($"a film cannot be written as '{ending}' ('{path}'); known: .mp4, .gif, or a folder for pictures", "end the name in .mp4 or .gif, or give a folder");
        }
    }

    /// <summary>Adds a picture.</summary>
    /// <param name="name">The name of a folder's picture.</param>
    /// <param name="rgb">3 bytes a pixel, row by row; both sides even for a video.</param>
    /// <param name="width">Pixels in a row, the same for all.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="InputException">Another size than before.</exception>
    /// <exception cref="SegSharpException">ffmpeg is not installed, or ended.</exception>
    public void Add(string name, ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (_count++ == 0)
        {
            _size = (width, height);
            _child = IsFolder(_path) ? null : Begin(width, height);
        }

        if (_size != (width, height))
        {
            throw new InputException($"a film of {_size.Width}x{_size.Height} goes on with {width}x{height}", "give frames of one size");
        }

        if (_child is null)
        {
            var (pixels, planes) = (width * height, new byte[rgb.Length]);
            for (var i = 0; i < pixels; i++)
            {
                (planes[i], planes[pixels + i], planes[(2 * pixels) + i]) = (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
            }

            Volume.Of<byte>(name, Geometry.Pixels(new Extent(width, height)), 3, planes).Write(Path.Combine(_path, name + ".png"));
            return;
        }

        try
        {
            _child.Process.StandardInput.BaseStream.Write(rgb);
        }
        catch (IOException e)
        {
            var code = _child.End();
            throw new SegSharpException($"ffmpeg ended with {code} while it wrote '{_path}'{(_child.Said.Length > 0 ? $": {_child.Said}" : "")}", "run the same command again", e);
        }
    }

    /// <summary>Ends the film and brings it to its place.</summary>
    /// <exception cref="SegSharpException">ffmpeg failed, or the place cannot be written.</exception>
    public void Finish()
    {
        if (_child is null)
        {
            return;
        }

        try
        {
            _child.Process.StandardInput.Close();
        }
        catch (IOException)
        {
            // What it says at its end is the better message.
        }

        if (_child.End() is not 0 and var code)
        {
            throw new SegSharpException($"ffmpeg ended with {code} while it wrote '{_path}'{(_child.Said.Length > 0 ? $": {_child.Said}" : "")}", "run the same command again");
        }

        AtomicFile.Write(_path, target =>
        {
            using var film = File.OpenRead(Aside);
            film.CopyTo(target);
        });
    }

    /// <summary>Ends ffmpeg and takes away what is unfinished.</summary>
    public void Dispose()
    {
        _child?.Dispose();
        _aside?.Delete(recursive: true);
    }

    private static bool IsFolder(string path) => Directory.Exists(path) || Path.GetExtension(path).Length == 0;

    private Ffmpeg.Child Begin(int width, int height)
    {
        string[] input =
        [
            "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe", "-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", $"{width}x{height}",
            "-framerate", _framesPerSecond.ToString("R", CultureInfo.InvariantCulture), "-i", "pipe:0", "-an",
        ];
        string[] output = IsGif
            ? ["-filter_complex", "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer", "-f", "gif"]
            : ["-c:v", Ffmpeg.Encoder, .. Ffmpeg.Encoder == "libx264" ? (string[])["-crf", "18", "-preset", "veryfast"] : ["-q:v", "3"], "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"];
        return Ffmpeg.Start("ffmpeg", [.. input, .. output, "-y", Ffmpeg.File(Aside)], writes: true);
    }
}
