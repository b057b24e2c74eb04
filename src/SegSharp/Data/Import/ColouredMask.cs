using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>Reads masks whose values may be stored as colours.</summary>
internal static class ColouredMask
{
    /// <summary>Numbered objects: grey and palettes by their values; in a coloured mask every colour but black is an object, numbered in the order of its first pixel.</summary>
    /// <exception cref="InputException">Unreadable, or more colours than 16 bits can number.</exception>
    public static LabelMap ReadObjects(string path, out bool coloured)
    {
        var volume = Read(path);
        coloured = PictureChannels.IsColoured(volume);
        if (!coloured)
        {
            return LabelMap.From(volume);
        }

        var numbers = new Dictionary<int, ushort> { [0] = 0 };
        var labels = Array.ConvertAll(Colours(volume), colour =>
        {
            if (!numbers.TryGetValue(colour, out var number))
            {
                number = numbers.Count <= ushort.MaxValue
                    ? (ushort)numbers.Count
                    : throw new InputException($"mask '{path}' has more than {ushort.MaxValue} colours, so they number no objects", "is it a picture, or a mask that was resized or stored as JPEG?");
                numbers.Add(colour, number);
            }

            return number;
        });
        return new LabelMap(volume.Name, volume.Geometry, labels, path);
    }

    /// <summary>The voxels as they are stored: palettes as indices.</summary>
    public static Volume Read(string path)
    {
        using var source = ByteSource.Open(path);
        return Catalogue.Recognise(source).Read(source, Reading.Indices);
    }

    /// <summary>R + 256 G + 65536 B of every pixel.</summary>
    /// <param name="volume">Three or four channels of 8 bits.</param>
    /// <exception cref="InputException">Other channels.</exception>
    public static int[] Colours(Volume volume)
    {
        if (volume.Channels is not (3 or 4) || volume.VoxelType != VoxelType.UInt8)
        {
            throw new InputException($"mask '{volume.Path ?? volume.Name}' is {volume.Describe()}; expected colours of 8 bits", null);
        }

        var plane = volume.Bytes.Length / volume.Channels;
        var bytes = volume.Bytes;
        var colours = new int[plane];
        for (var i = 0; i < plane; i++)
        {
            colours[i] = bytes[i] | (bytes[plane + i] << 8) | (bytes[(2 * plane) + i] << 16);
        }

        return colours;
    }
}
