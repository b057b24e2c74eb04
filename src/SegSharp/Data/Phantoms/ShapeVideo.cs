using System.ComponentModel;
using System.Diagnostics;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>A clip of shapes that move, turn and bounce off the borders, with the truth of every frame.</summary>
public static class ShapeVideo
{
    /// <summary>The folder of the pictures, the folder of their truth, the film.</summary>
    public const string Frames = "frames", Masks = "masks", Film = "shapes.mp4";

    private const int Shapes = 5;
    private const int PerSecond = 12;

    /// <summary>Draws one frame; the same number gives the same frame whatever the count.</summary>
    /// <param name="o">Size and seed.</param>
    /// <param name="index">Its number.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static DrawnPicture Draw(PicturePhantomOptions o, int index)
    {
        UsageException.ThrowIfAny(o.Check());
        var random = new RandomStream(o.Seed).Derive("video");
        return Draw(o, index, ShapeScene.Ground(random.Derive("ground"), SizeOf(o)));
    }

    /// <summary>Writes <c>frames/</c>, <c>masks/</c> (labels as in <see cref="ColouredShapes"/>) and, where <c>ffmpeg</c> is installed, a film of 12 frames a second.</summary>
    /// <param name="folder">Where they go.</param>
    /// <param name="o">Frames, size and seed.</param>
    /// <param name="overwrite">Replace what lies there.</param>
    /// <param name="on">Hears the progress, and why there is no film.</param>
    /// <param name="cancel">Stops between two frames.</param>
    /// <returns>The film's place; null where there is none.</returns>
    /// <exception cref="InputException">The folders are there already.</exception>
    public static string? Write(string folder, PicturePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        var (frames, masks, film) = (Path.Combine(folder, Frames), Path.Combine(folder, Masks), Path.Combine(folder, Film));
        PicturePhantom.RequireFree(overwrite, frames, masks, film);
        var ground = ShapeScene.Ground(new RandomStream(o.Seed).Derive("video").Derive("ground"), SizeOf(o));
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var drawn = Draw(o, i, ground);
            drawn.Image.Write(Path.Combine(frames, drawn.Image.Name + ".png"));
            drawn.Labels.Write(Path.Combine(masks, drawn.Image.Name + ".png"));
            on?.Invoke(new Progressed("draw", i + 1, o.Count, drawn.Image.Name));
        }

        return Encode(frames, film, on) ? film : null;
    }

    private static Extent SizeOf(PicturePhantomOptions o) => o.Size ?? new Extent(256, 192);

    private static DrawnPicture Draw(PicturePhantomOptions o, int index, float[] ground)
    {
        var (size, random) = (SizeOf(o), new RandomStream(o.Seed).Derive("video"));
        var shapes = new List<PlacedShape>();
        for (var i = 0; i < Shapes; i++)
        {
            var draw = random.Derive("shape").Derive(i);
            var radius = Math.Min(size.Width, size.Height) * draw.Between(0.1, 0.17);
            var first = PlacedShape.Drawn(draw, 1 + ((i * 3) + draw.Next(3)) % ShapeKind.All.Count, draw.Between(0, size.Width), draw.Between(0, size.Height), radius);
            var (speed, course, turn) = (size.Width * draw.Between(0.008, 0.02), draw.Between(0, 2 * Math.PI), draw.Between(-0.09, 0.09));
            shapes.Add(first with
            {
                X = Bounce(first.X + (index * speed * Math.Cos(course)), radius, size.Width - radius),
                Y = Bounce(first.Y + (index * speed * Math.Sin(course)), radius, size.Height - radius),
                Angle = first.Angle + (index * turn),
            });
        }

        return ShapeScene.Render(ground, size, shapes, random.Derive("noise").Derive(index), $"frame_{index:D4}");
    }

    // To and fro between two walls.
    private static double Bounce(double place, double low, double high)
    {
        var (room, at) = (high - low, place - low);
        at = ((at % (2 * room)) + (2 * room)) % (2 * room);
        return low + (at < room ? at : (2 * room) - at);
    }

    private static bool Encode(string frames, string film, Action<RunEvent>? on)
    {
        var aside = Path.Combine(Path.GetDirectoryName(film)!, $".{Environment.ProcessId}.{Film}");
        try
        {
            // Bit-exact and on one thread: the same frames give the same film.
            var start = new ProcessStartInfo("ffmpeg") { UseShellExecute = false, RedirectStandardError = true };
            foreach (var word in (string[])
                ["-nostdin", "-loglevel", "error", "-y", "-framerate", $"{PerSecond}", "-i", Path.Combine(frames, "frame_%04d.png"),
                 "-threads", "1", "-c:v", "mpeg4", "-q:v", "2", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact", aside])
            {
                start.ArgumentList.Add(word);
            }

            using var child = Process.Start(start)!;
            var said = child.StandardError.ReadToEnd();
            child.WaitForExit();
            if (child.ExitCode == 0)
            {
                File.Move(aside, film, overwrite: true);
                return true;
            }

            on?.Invoke(new Warned($"no film: ffmpeg ended with {child.ExitCode}: {said.Trim()}"));
        }
        catch (Win32Exception)
        {
            on?.Invoke(new Warned("no film: ffmpeg is not installed (apt-get install ffmpeg); the frames are there"));
        }
        finally
        {
            File.Delete(aside);
        }

        return false;
    }
}
