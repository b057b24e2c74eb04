using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class LabelmeImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("null", "\"x\"", "[0, 0]", "\"imagePath\" is null, expected text")]
    [InlineData("\"a.png\"", "null", "[0, 0]", "\"label\" is null, expected text")]
    [InlineData("\"a.png\"", "\"x\"", "[0, 0, 1]", "a point is [0, 0, 1], expected [x, y]")]
    [InlineData("\"a.png\"", "\"x\"", "[0]", "a point is [0], expected [x, y]")]
    public void What_is_not_of_labelmes_form_is_named(string picture, string label, string point, string fault)
    {
        Write(picture, label, point);

        var error = Assert.Throws<InputException>(() => LabelmeImporter.Import(_folder.Path(), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("a.json")}' is not labelme's: {fault}", error.Message);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        new LabelMap("a", Geometry.Pixels(new Extent(4, 4)), new ushort[16]).Write(_folder.Path("a.png"));
        Write("\"a.png\"", "\"x\"", "[0, 0]", "\uFEFF");

        var data = LabelmeImporter.Import(_folder.Path(), _folder.Path("data"));

        Assert.Equal("0 background, 1 x, 255 ignore", data.Labels.Describe());
    }

    private void Write(string picture, string label, string point, string mark = "") => File.WriteAllText(
        _folder.Path("a.json"),
        $$"""{{mark}}{"imagePath": {{picture}}, "shapes": [{"label": {{label}}, "points": [{{point}}, [3, 0], [3, 3]]}]}""");
}
