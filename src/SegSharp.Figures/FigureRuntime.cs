using System.Runtime.InteropServices;
using SegSharp.Figures.Drawing;
using SegSharp.Foundation;

namespace SegSharp.Figures;

/// <summary>What the figures need from the system, for those who want to know before they draw.</summary>
public static class FigureRuntime
{
    /// <summary>The version of Cairo, such as "1.16.0".</summary>
    /// <exception cref="SegSharpException">Cairo is not installed or does not load.</exception>
    public static string CairoVersion
    {
        get
        {
            try
            {
                return Marshal.PtrToStringUTF8(Cairo.VersionString()) ?? "?";
            }
            catch (TypeInitializationException e) when (e.InnerException is SegSharpException inner)
            {
                throw new SegSharpException(inner.Message, inner.Fix, e);
            }
        }
    }
}
