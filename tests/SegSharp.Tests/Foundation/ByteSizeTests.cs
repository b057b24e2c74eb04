using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Foundation;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("4GB", 4L << 30)]
    [InlineData("1.5 gb", 3L << 29)]
    [InlineData("800MB", 800L << 20)]
    [InlineData("12KB", 12L << 10)]
    [InlineData("7B", 7L)]
    [InlineData("4096", 4096L)]
    public void Sizes_are_read_as_people_write_them(string text, long bytes) => Assert.Equal(bytes, ByteSize.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("4XB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("1e400TB")]
    [InlineData("NaN")]
    public void What_is_no_size_is_refused(string text) => Assert.Null(ByteSize.TryParse(text));

    [Theory]
    [InlineData(5L, "5 B")]
    [InlineData(1536L, "1.50 KB")]
    [InlineData(812L << 20, "812 MB")]
    [InlineData(25L << 30, "25.0 GB")]
    public void Sizes_are_written_with_three_digits(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
