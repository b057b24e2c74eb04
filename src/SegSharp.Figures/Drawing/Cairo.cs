using System.Reflection;
using System.Runtime.InteropServices;
using SegSharp.Foundation;

namespace SegSharp.Figures.Drawing;

/// <summary>The functions of libcairo that the figures use, and what its status numbers mean.</summary>
internal static unsafe partial class Cairo
{
    public const int FormatArgb32 = 0;
    public const int FontNormal = 0;
    public const int FontBold = 1;
    public const int FilterGood = 1;
    public const int FilterNearest = 3;
    public const int LineCapRound = 1;
    public const int LineJoinRound = 1;
    public const int HintNone = 1;
    public const int MetricsOff = 1;
    public const int AntialiasGrey = 2;

    private const string Library = "cairo";

    static Cairo() => NativeLibrary.SetDllImportResolver(typeof(Cairo).Assembly, Resolve);

    /// <summary>Throws when Cairo reports an error: it never does so itself.</summary>
    public static void Check(int status, string doing)
    {
        if (status != 0)
        {
            throw new SegSharpException($"cannot draw: {doing} failed in Cairo with '{Marshal.PtrToStringUTF8(StatusText(status))}'");
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        foreach (var candidate in new[] { "libcairo.so.2", "libcairo.2.dylib", "libcairo-2.dll" })
        {
            if (NativeLibrary.TryLoad(candidate, out var handle))
            {
                return handle;
            }
        }

        throw new SegSharpException("cannot draw: the library Cairo (libcairo.so.2) is not installed", "apt-get install libcairo2 fonts-dejavu-core");
    }

    [LibraryImport(Library, EntryPoint = "cairo_version_string")]
    public static partial nint VersionString();

    [LibraryImport(Library, EntryPoint = "cairo_status_to_string")]
    private static partial nint StatusText(int status);

    [LibraryImport(Library, EntryPoint = "cairo_image_surface_create")]
    public static partial CairoSurface ImageSurface(int format, int width, int height);

    [LibraryImport(Library, EntryPoint = "cairo_image_surface_create_for_data")]
    public static partial CairoSurface ImageSurfaceOn(byte* data, int format, int width, int height, int stride);

    [LibraryImport(Library, EntryPoint = "cairo_image_surface_get_data")]
    public static partial byte* ImageData(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_image_surface_get_stride")]
    public static partial int ImageStride(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_pdf_surface_create_for_stream")]
    public static partial CairoSurface PdfSurface(delegate* unmanaged[Cdecl]<nint, byte*, uint, int> write, nint closure, double width, double height);

    [LibraryImport(Library, EntryPoint = "cairo_surface_write_to_png_stream")]
    public static partial int WritePng(CairoSurface surface, delegate* unmanaged[Cdecl]<nint, byte*, uint, int> write, nint closure);

    [LibraryImport(Library, EntryPoint = "cairo_surface_finish")]
    public static partial void Finish(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_surface_flush")]
    public static partial void Flush(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_surface_mark_dirty")]
    public static partial void MarkDirty(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_surface_status")]
    public static partial int Status(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_surface_destroy")]
    public static partial void DestroySurface(nint surface);

    [LibraryImport(Library, EntryPoint = "cairo_create")]
    public static partial CairoContext Create(CairoSurface surface);

    [LibraryImport(Library, EntryPoint = "cairo_destroy")]
    public static partial void DestroyContext(nint context);

    [LibraryImport(Library, EntryPoint = "cairo_status")]
    public static partial int Status(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_save")]
    public static partial void Save(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_restore")]
    public static partial void Restore(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_scale")]
    public static partial void Scale(CairoContext c, double x, double y);

    [LibraryImport(Library, EntryPoint = "cairo_translate")]
    public static partial void Translate(CairoContext c, double x, double y);

    [LibraryImport(Library, EntryPoint = "cairo_rotate")]
    public static partial void Rotate(CairoContext c, double radians);

    [LibraryImport(Library, EntryPoint = "cairo_clip")]
    public static partial void Clip(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_paint")]
    public static partial void Paint(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_new_path")]
    public static partial void NewPath(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_new_sub_path")]
    public static partial void NewSubPath(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_close_path")]
    public static partial void ClosePath(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_move_to")]
    public static partial void MoveTo(CairoContext c, double x, double y);

    [LibraryImport(Library, EntryPoint = "cairo_line_to")]
    public static partial void LineTo(CairoContext c, double x, double y);

    [LibraryImport(Library, EntryPoint = "cairo_rectangle")]
    public static partial void Rectangle(CairoContext c, double x, double y, double width, double height);

    [LibraryImport(Library, EntryPoint = "cairo_arc")]
    public static partial void Arc(CairoContext c, double x, double y, double radius, double from, double to);

    [LibraryImport(Library, EntryPoint = "cairo_fill_preserve")]
    public static partial void FillPreserve(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_fill")]
    public static partial void Fill(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_stroke")]
    public static partial void Stroke(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_set_line_width")]
    public static partial void LineWidth(CairoContext c, double width);

    [LibraryImport(Library, EntryPoint = "cairo_set_line_cap")]
    public static partial void LineCap(CairoContext c, int cap);

    [LibraryImport(Library, EntryPoint = "cairo_set_line_join")]
    public static partial void LineJoin(CairoContext c, int join);

    [LibraryImport(Library, EntryPoint = "cairo_set_dash")]
    public static partial void Dash(CairoContext c, double[] dashes, int count, double offset);

    [LibraryImport(Library, EntryPoint = "cairo_set_source_rgba")]
    public static partial void Source(CairoContext c, double r, double g, double b, double a);

    [LibraryImport(Library, EntryPoint = "cairo_set_source_surface")]
    public static partial void Source(CairoContext c, CairoSurface surface, double x, double y);

    [LibraryImport(Library, EntryPoint = "cairo_get_source")]
    public static partial nint CurrentSource(CairoContext c);

    [LibraryImport(Library, EntryPoint = "cairo_pattern_set_filter")]
    public static partial void Filter(nint pattern, int filter);

    [LibraryImport(Library, EntryPoint = "cairo_select_font_face", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void FontFace(CairoContext c, string family, int slant, int weight);

    [LibraryImport(Library, EntryPoint = "cairo_set_font_size")]
    public static partial void FontSize(CairoContext c, double size);

    [LibraryImport(Library, EntryPoint = "cairo_show_text", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void ShowText(CairoContext c, string text);

    [LibraryImport(Library, EntryPoint = "cairo_text_extents", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void Extents(CairoContext c, string text, out TextExtents extents);

    [LibraryImport(Library, EntryPoint = "cairo_font_options_create")]
    public static partial nint FontOptions();

    [LibraryImport(Library, EntryPoint = "cairo_font_options_destroy")]
    public static partial void DestroyFontOptions(nint options);

    [LibraryImport(Library, EntryPoint = "cairo_font_options_set_hint_style")]
    public static partial void HintStyle(nint options, int style);

    [LibraryImport(Library, EntryPoint = "cairo_font_options_set_hint_metrics")]
    public static partial void HintMetrics(nint options, int metrics);

    [LibraryImport(Library, EntryPoint = "cairo_font_options_set_antialias")]
    public static partial void FontAntialias(nint options, int antialias);

    [LibraryImport(Library, EntryPoint = "cairo_set_font_options")]
    public static partial void SetFontOptions(CairoContext c, nint options);

    /// <summary>cairo_text_extents_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TextExtents
    {
        public double XBearing, YBearing, Width, Height, XAdvance, YAdvance;
    }
}
