using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SegSharp.Foundation;

namespace SegSharp.Figures.Drawing;

/// <summary>A sheet of pixels or of PDF.</summary>
internal sealed unsafe class CairoCanvas : Canvas, IDisposable
{
    private const string Family = "DejaVu Sans";
    private const int LargestSide = 32767;   // Cairo's image surfaces end here

    [ThreadStatic]
    private static CairoCanvas? _scratch;

    private static bool _fontSeen;

    private readonly CairoSurface _surface;
    private readonly CairoContext _context;
    private readonly Sink? _sink;

    private CairoCanvas(CairoSurface surface, Sink? sink, double width, double height) : base(width, height)
    {
        _surface = surface;
        _sink = sink;
        Cairo.Check(Cairo.Status(surface), $"making a sheet of {width:0}×{height:0}");
        _context = Cairo.Create(surface);
        Cairo.Check(Cairo.Status(_context), "making a drawing context");

        // Hinting moves glyphs to whole pixels, so that a text would be wider in one kind of file than in another.
        var options = Cairo.FontOptions();
        Cairo.HintStyle(options, Cairo.HintNone);
        Cairo.HintMetrics(options, Cairo.MetricsOff);
        Cairo.FontAntialias(options, Cairo.AntialiasGrey);
        Cairo.SetFontOptions(_context, options);
        Cairo.DestroyFontOptions(options);
        Cairo.LineCap(_context, Cairo.LineCapRound);
        Cairo.LineJoin(_context, Cairo.LineJoinRound);
    }

    /// <summary>A sheet of pixels; <paramref name="scale"/> of them to a unit.</summary>
    public static CairoCanvas Pixels(double width, double height, double scale)
    {
        var (w, h) = ((int)Math.Ceiling(width * scale), (int)Math.Ceiling(height * scale));
        if (w > LargestSide || h > LargestSide)
        {
            throw new SegSharpException($"cannot draw {w}×{h} pixels: Cairo's limit is {LargestSide} a side", "draw fewer rows, or write SVG");
        }

        var canvas = new CairoCanvas(Cairo.ImageSurface(Cairo.FormatArgb32, Math.Max(w, 1), Math.Max(h, 1)), null, width, height);
        Cairo.Scale(canvas._context, scale, scale);
        return canvas;
    }

    /// <summary>One page of PDF; a unit is 1/96 inch there too.</summary>
    public static CairoCanvas Pdf(double width, double height)
    {
        const double Points = 72.0 / 96;
        var sink = new Sink();
        var canvas = new CairoCanvas(Cairo.PdfSurface(&Sink.Write, sink.Closure, width * Points, height * Points), sink, width, height);
        Cairo.Scale(canvas._context, Points, Points);
        return canvas;
    }

    /// <summary>The advance of a text.</summary>
    public static double Advance(string text, TextStyle style)
    {
        var scratch = _scratch ??= Pixels(1, 1, 1);
        return scratch.Extents(text, style).XAdvance;
    }

    /// <summary>Ends the drawing: a PNG of the pixels.</summary>
    public byte[] ToPng()
    {
        Finish();
        return Encode(_surface);
    }

    /// <summary>Ends the drawing: the bytes of the PDF.</summary>
    public byte[] ToPdf()
    {
        Finish();
        Cairo.Finish(_surface);
        Cairo.Check(Cairo.Status(_surface), "writing PDF");
        return _sink!.ToArray();
    }

    /// <summary>Ends the drawing: its pixels as a picture.</summary>
    public Picture ToPicture()
    {
        Finish();
        var stride = Cairo.ImageStride(_surface);
        var (w, h) = ((int)Math.Ceiling(Width), (int)Math.Ceiling(Height));
        return Picture.FromPremultiplied(new ReadOnlySpan<byte>(Cairo.ImageData(_surface), stride * h), w, h, stride);
    }

    /// <summary>PNG of a picture as it is.</summary>
    public static byte[] Encode(Picture picture)
    {
        var bgra = picture.ToPremultiplied();
        fixed (byte* data = bgra)
        {
            using var surface = Cairo.ImageSurfaceOn(data, Cairo.FormatArgb32, picture.Width, picture.Height, 4 * picture.Width);
            Cairo.Check(Cairo.Status(surface), $"taking a picture of {picture.Width}×{picture.Height}");
            var png = Encode(surface);
            Cairo.Finish(surface);
            return png;
        }
    }

    public override void Polyline(ReadOnlySpan<(double X, double Y)> points, Stroke stroke)
    {
        if (points.Length > 0)
        {
            Path(points);
            Outline(stroke);
        }
    }

    public override void Polygon(ReadOnlySpan<(double X, double Y)> points, Colour fill)
    {
        if (points.Length > 0)
        {
            Path(points);
            Cairo.ClosePath(_context);
            Use(fill);
            Cairo.Fill(_context);
        }
    }

    public override void Rectangle(Box box, Colour? fill, Stroke? stroke = null)
    {
        Cairo.NewPath(_context);
        Cairo.Rectangle(_context, box.X, box.Y, box.Width, box.Height);
        FillAndOutline(fill, stroke);
    }

    public override void Circle(double x, double y, double radius, Colour? fill, Stroke? stroke = null)
    {
        Cairo.NewPath(_context);
        Cairo.NewSubPath(_context);
        Cairo.Arc(_context, x, y, radius, 0, 2 * Math.PI);
        FillAndOutline(fill, stroke);
    }

    public override void Image(Box box, Picture picture)
    {
        var bgra = picture.ToPremultiplied();
        var (sx, sy) = (box.Width / picture.Width, box.Height / picture.Height);
        if (_sink is not null)
        {
            // PDF keeps the picture until the page is written, so it must own the pixels.
            using var owned = Cairo.ImageSurface(Cairo.FormatArgb32, picture.Width, picture.Height);
            Cairo.Check(Cairo.Status(owned), "making room for a picture");
            Cairo.Flush(owned);
            bgra.CopyTo(new Span<byte>(Cairo.ImageData(owned), bgra.Length));   // 4 bytes a pixel: the stride has no gap
            Cairo.MarkDirty(owned);
            Place(owned, box, sx, sy);
            return;
        }

        fixed (byte* data = bgra)
        {
            using var surface = Cairo.ImageSurfaceOn(data, Cairo.FormatArgb32, picture.Width, picture.Height, 4 * picture.Width);
            Cairo.Check(Cairo.Status(surface), $"taking a picture of {picture.Width}×{picture.Height}");
            Place(surface, box, sx, sy);
            Cairo.Finish(surface);
        }
    }

    public override void BeginClip(Box box)
    {
        Cairo.Save(_context);
        Cairo.NewPath(_context);
        Cairo.Rectangle(_context, box.X, box.Y, box.Width, box.Height);
        Cairo.Clip(_context);
    }

    public override void EndClip() => Cairo.Restore(_context);

    public void Dispose()
    {
        _context.Dispose();
        if (!_surface.IsInvalid && !_surface.IsClosed)
        {
            Cairo.Finish(_surface);   // a PDF writes its end here: the sink must still be there
        }

        _surface.Dispose();
        _sink?.Dispose();
    }

    private protected override void DrawText(double x, double y, string text, TextStyle style, Anchor anchor, bool turned)
    {
        RequireFont();
        var width = Extents(text, style).XAdvance;
        var shift = anchor switch { Anchor.Start => 0, Anchor.Middle => -width / 2, _ => -width };
        Cairo.Save(_context);
        Cairo.Translate(_context, x, y);
        if (turned)
        {
            Cairo.Rotate(_context, -Math.PI / 2);
        }

        Cairo.MoveTo(_context, shift, 0);
        Use(style.Colour);
        Cairo.ShowText(_context, text);
        Cairo.NewPath(_context);
        Cairo.Restore(_context);
    }

    // Without fonts Cairo reports success and draws with its built-in strokes, which have no "×" and no bold.
    public static void RequireFont()
    {
        if (_fontSeen)
        {
            return;
        }

        using var times = Glyph("×");
        using var missing = Glyph("\U000F1234");
        if (Advance("×", TextStyle.Body) <= 0 || times.ToPicture().Rgba.AsSpan().SequenceEqual(missing.ToPicture().Rgba))
        {
            throw new SegSharpException("cannot draw text: the font DejaVu Sans, or any other with '×', is not installed", "apt-get install fonts-dejavu-core");
        }

        _fontSeen = true;

        static CairoCanvas Glyph(string letter)
        {
            var canvas = Pixels(24, 24, 1);
            canvas.Extents(letter, TextStyle.Title);
            Cairo.MoveTo(canvas._context, 2, 20);
            Cairo.ShowText(canvas._context, letter);
            return canvas;
        }
    }

    private Cairo.TextExtents Extents(string text, TextStyle style)
    {
        Cairo.FontFace(_context, Family, 0, style.Bold ? Cairo.FontBold : Cairo.FontNormal);
        Cairo.FontSize(_context, style.Size);
        Cairo.Extents(_context, text, out var extents);
        return extents;
    }

    private void Place(CairoSurface surface, Box box, double sx, double sy)
    {
        Cairo.Save(_context);
        Cairo.NewPath(_context);
        Cairo.Rectangle(_context, box.X, box.Y, box.Width, box.Height);
        Cairo.Clip(_context);
        Cairo.Translate(_context, box.X, box.Y);
        Cairo.Scale(_context, sx, sy);
        Cairo.Source(_context, surface, 0, 0);
        Cairo.Filter(Cairo.CurrentSource(_context), Math.Min(sx, sy) >= 0.75 ? Cairo.FilterNearest : Cairo.FilterGood);
        Cairo.Paint(_context);
        Cairo.Restore(_context);
    }

    private void Path(ReadOnlySpan<(double X, double Y)> points)
    {
        Cairo.NewPath(_context);
        Cairo.MoveTo(_context, points[0].X, points[0].Y);
        foreach (var (x, y) in points[1..])
        {
            Cairo.LineTo(_context, x, y);
        }
    }

    private void FillAndOutline(Colour? fill, Stroke? stroke)
    {
        if (fill is { } colour)
        {
            Use(colour);
            Cairo.FillPreserve(_context);
        }

        if (stroke is { } line)
        {
            Outline(line);
        }

        Cairo.NewPath(_context);
    }

    private void Outline(Stroke stroke)
    {
        Use(stroke.Colour);
        Cairo.LineWidth(_context, stroke.Width);
        double[] dashes = stroke.Dash > 0 ? [stroke.Dash, stroke.Dash] : [];
        Cairo.Dash(_context, dashes, dashes.Length, 0);
        Cairo.Stroke(_context);
    }

    private void Use(Colour c) => Cairo.Source(_context, c.R / 255.0, c.G / 255.0, c.B / 255.0, c.A / 255.0);

    private void Finish()
    {
        Cairo.Check(Cairo.Status(_context), "drawing");
        Cairo.Flush(_surface);
        Cairo.Check(Cairo.Status(_surface), "drawing");
    }

    private static byte[] Encode(CairoSurface surface)
    {
        using var sink = new Sink();
        Cairo.Check(Cairo.WritePng(surface, &Sink.Write, sink.Closure), "writing PNG");
        return sink.ToArray();
    }

    /// <summary>Where Cairo writes a file: memory, reached through a handle that lives as long as the surface.</summary>
    private sealed class Sink : IDisposable
    {
        private const int WriteError = 11;   // CAIRO_STATUS_WRITE_ERROR

        private readonly MemoryStream _bytes = new();
        private GCHandle _handle;

        public Sink() => _handle = GCHandle.Alloc(_bytes);

        public nint Closure => GCHandle.ToIntPtr(_handle);

        public byte[] ToArray() => _bytes.ToArray();

        public void Dispose()
        {
            if (_handle.IsAllocated)
            {
                _handle.Free();
            }

            _bytes.Dispose();
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        public static int Write(nint closure, byte* data, uint length)
        {
            try
            {
                ((MemoryStream)GCHandle.FromIntPtr(closure).Target!).Write(new ReadOnlySpan<byte>(data, checked((int)length)));
                return 0;
            }
            catch (Exception)
            {
                return WriteError;   // no exception may cross into C
            }
        }
    }
}
