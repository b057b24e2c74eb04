using System.Runtime.InteropServices;

namespace SegSharp.Figures.Drawing;

/// <summary>Owns one reference to a cairo_surface_t.</summary>
internal sealed class CairoSurface() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Cairo.DestroySurface(handle);
        return true;
    }
}
