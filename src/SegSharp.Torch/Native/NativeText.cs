using System.Text;

namespace SegSharp.Torch.Native;

/// <summary>Fetches a text from the bridge: a first guess at its length, then the length that it asked for.</summary>
internal static unsafe class NativeText
{
    public delegate int Source(byte* text, int capacity, int* length);

    /// <summary>The text.</summary>
    /// <exception cref="TorchException">The bridge has none to give.</exception>
    public static string Fetch(string what, Source source)
    {
        var buffer = new byte[2048];
        while (true)
        {
            var length = 0;
            int status;
            fixed (byte* p = buffer)
            {
                status = source(p, buffer.Length, &length);
            }

            if (status != 0 && length > buffer.Length - 1)
            {
                buffer = new byte[length + 1];
                continue;
            }

            Bridge.Check(status, what);
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }
}
