using SegSharp.Foundation;

namespace SegSharp.Figures.Drawing;

/// <summary>Something that can be drawn: it knows its size and how to draw itself; where to is another matter.</summary>
public abstract class Figure
{
    /// <summary>Pixels to a unit when nobody asks for another number: 192 pixels an inch, sharp on paper and on dense screens.</summary>
    public const double DefaultScale = 2;

    /// <summary>One sentence for those who cannot see the figure.</summary>
    public abstract string Description { get; }

    /// <summary>Draws it as PNG (<paramref name="scale"/> pixels to a unit of 1/96 inch).</summary>
    /// <exception cref="SegSharpException">Cairo or its font is missing, or the figure is too large.</exception>
    public byte[] ToPng(double scale = DefaultScale)
    {
        var (width, height) = Size();
        using var canvas = CairoCanvas.Pixels(width, height, scale);
        DrawOn(canvas);
        return canvas.ToPng();
    }

    /// <summary>Draws it as pixels in memory.</summary>
    /// <inheritdoc cref="ToPng"/>
    public Picture ToPicture()
    {
        var (width, height) = Size();
        using var canvas = CairoCanvas.Pixels(width, height, 1);
        DrawOn(canvas);
        return canvas.ToPicture();
    }

    /// <summary>Draws it as SVG, complete in itself; also fit to stand inside a page.</summary>
    /// <param name="idPrefix">Stands before every id: other in every figure of one page.</param>
    public string ToSvg(string idPrefix = "")
    {
        var (width, height) = Size();
        var canvas = new SvgCanvas(width, height, idPrefix);
        DrawOn(canvas);
        return canvas.ToSvg(Description);
    }

    /// <summary>Draws it as one page of PDF.</summary>
    /// <inheritdoc cref="ToPng"/>
    public byte[] ToPdf()
    {
        var (width, height) = Size();
        using var canvas = CairoCanvas.Pdf(width, height);
        DrawOn(canvas);
        return canvas.ToPdf();
    }

    /// <summary>Refuses a file name that no figure can be written to, before anything is computed for it.</summary>
    /// <exception cref="UsageException">Another ending than .png, .svg and .pdf.</exception>
    public static void CheckName(string path)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".png" or ".svg" or ".pdf") and var other)
        {
            throw new UsageException($"a figure cannot be written as '{other}' ('{path}'); known: .png, .svg, .pdf", "end the file's name in .png, .svg or .pdf");
        }
    }

    /// <summary>Writes the figure in the form that the file's ending asks for: .png, .svg or .pdf.</summary>
    /// <exception cref="UsageException">Another ending.</exception>
    /// <exception cref="SegSharpException">The file cannot be written, or Cairo is missing.</exception>
    public void Write(string path)
    {
        CheckName(path);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".png":
                AtomicFile.WriteBytes(path, ToPng());
                break;
            case ".svg":
                AtomicFile.WriteText(path, ToSvg());
                break;
            default:
                AtomicFile.WriteBytes(path, ToPdf());
                break;
        }
    }

    /// <summary>Width and height, in units of 1/96 inch.</summary>
    protected internal abstract (double Width, double Height) Size();

    /// <summary>Draws everything but the ground.</summary>
    protected internal abstract void Draw(Canvas canvas);

    private void DrawOn(Canvas canvas)
    {
        canvas.Rectangle(new Box(0, 0, canvas.Width, canvas.Height), Palette.Paper);
        Draw(canvas);
    }
}
