using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using SegSharp.Foundation;

namespace SegSharp.Data.Voc;

/// <summary>A box in a picture, as VOC counts: from 1, both ends included.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Last column.</param>
/// <param name="Bottom">Last row.</param>
public readonly record struct VocBox(double Left, double Top, double Right, double Bottom);

/// <summary>A part of an object: "head".</summary>
/// <param name="Name">What it is.</param>
/// <param name="Box">Where.</param>
public sealed record VocPart(string Name, VocBox Box);

/// <summary>An object in a picture.</summary>
/// <param name="Name">Its class.</param>
/// <param name="Box">Where.</param>
/// <param name="Difficult">Whether it is so hard to see that challenges do not count it.</param>
/// <param name="Truncated">Whether it goes on outside of its box.</param>
/// <param name="Parts">Its parts.</param>
public sealed record VocObject(string Name, VocBox Box, bool Difficult, bool Truncated, IReadOnlyList<VocPart> Parts);

/// <summary>What a VOC file says about a picture.</summary>
/// <param name="FileName">The picture.</param>
/// <param name="Width">Columns; 0 where it is not said.</param>
/// <param name="Height">Rows; 0 where it is not said.</param>
/// <param name="Objects">In the file's order.</param>
public sealed record VocAnnotation(string FileName, int Width, int Height, IReadOnlyList<VocObject> Objects)
{
    /// <summary>Reads an XML file of <c>Annotations</c>.</summary>
    /// <exception cref="InputException">Missing, no XML, another root, an object without a name or box.</exception>
    public static VocAnnotation Read(string path)
    {
        XElement root;
        try
        {
            using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            root = XDocument.Load(reader).Root!;
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read as XML: {e.Message.TrimEnd('.')}", null, e);
        }

        if (root.Name != "annotation")
        {
            throw new InputException($"'{path}' holds <{root.Name}>, expected <annotation> as VOC has it", null);
        }

        var size = root.Element("size");
        return new(
            (string?)root.Element("filename") ?? "",
            (int)Number(size?.Element("width"), path, 0),
            (int)Number(size?.Element("height"), path, 0),
            [.. root.Elements("object").Select(o => new VocObject(NameOf(o, path), BoxOf(o, path), Number(o.Element("difficult"), path, 0) != 0, Number(o.Element("truncated"), path, 0) != 0, PartsOf(o, path)))]);
    }

    private static IReadOnlyList<VocPart> PartsOf(XElement o, string path) => [.. o.Elements("part").Select(p => new VocPart(NameOf(p, path), BoxOf(p, path)))];

    private static string NameOf(XElement o, string path) =>
        (string?)o.Element("name") is { Length: > 0 } name ? name.Trim() : throw new InputException($"'{path}' has an <{o.Name}> without a name", null);

    private static VocBox BoxOf(XElement o, string path)
    {
        var box = o.Element("bndbox") ?? throw new InputException($"'{path}' has '{NameOf(o, path)}' without a box", null);
        double Side(string key) => Number(box.Element(key), path, null);
        return new(Side("xmin"), Side("ymin"), Side("xmax"), Side("ymax"));
    }

    private static double Number(XElement? element, string path, double? otherwise) =>
        element is null && otherwise is { } o ? o
        : element is not null && double.TryParse(element.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value
        : throw new InputException($"'{path}' has {(element is null ? "a box with a side missing" : $"<{element.Name}> '{element.Value}', expected a number")}", null);
}
