using SegSharp.Cli.Terminal;
using Xunit;

namespace SegSharp.Tests.Cli.Terminal;

public sealed class TableTests
{
    [Fact]
    public void Numbers_stand_to_the_right_and_what_is_missing_is_a_dash()
    {
        var table = new Table(new("case", "case"), new("dice", "Dice", "0.000"), new("voxels", "voxels"))
            .Add("a", 0.5, 12)
            .Add("longer", null, 3456L);

        Assert.Equal(
            """
            case     Dice  voxels
            a       0.500      12
            longer      –    3456

            """,
            TextOf(new Document().With("rows", table)));
    }

    [Fact]
    public void Json_has_every_digit_and_null_for_what_is_missing_or_not_a_number()
    {
        var table = new Table(new("case", "case"), new("dice", "Dice", "0.0"), new("isFull", "full"))
            .Add("a", 0.123456, true)
            .Add("b", double.NaN, null);

        Assert.Equal("""[{"case":"a","dice":0.123456,"isFull":true},{"case":"b","dice":null,"isFull":null}]""", table.ToJson().ToJsonString());
    }

    [Fact]
    public void A_row_of_another_length_is_a_mistake()
    {
        var table = new Table(new Column("a", "a"));

        Assert.Throws<ArgumentException>(() => table.Add(1, 2));
    }

    [Fact]
    public void A_document_aligns_values_and_separates_tables()
    {
        var document = new Document()
            .With("file", "file", "brain.nii.gz")
            .With("sizes", "size in voxels", new[] { 4, 5, 6 })
            .WithData("hidden", 7)
            .With("labels", new Table(new Column("label", "label")).Add("edema"), "Labels")
            .WithText("That is all.");

        Assert.Equal(
            """
            file            brain.nii.gz
            size in voxels  4 5 6

            Labels
            label
            edema

            That is all.

            """,
            TextOf(document));
        Assert.Equal("""{"file":"brain.nii.gz","sizes":[4,5,6],"hidden":7,"labels":[{"label":"edema"}]}""", document.ToJson().ToJsonString());
    }

    private static string TextOf(Document document)
    {
        var to = new StringWriter { NewLine = "\n" };
        document.WriteText(to, new Ink(isOn: false));
        return to.ToString();
    }
}
