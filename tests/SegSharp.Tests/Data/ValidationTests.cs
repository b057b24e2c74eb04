using SegSharp.Data;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class ValidationTests
{
    private static readonly string[] Thirty = [.. Enumerable.Range(0, 30).Select(i => $"isbi_{i:D2}")];

    [Fact]
    public void Last_five_are_the_last_by_name()
    {
        var split = Validation.Parse("last:5").Of(Thirty);

        Assert.Equal(["isbi_25", "isbi_26", "isbi_27", "isbi_28", "isbi_29"], split.Validation);
        Assert.Equal(Thirty[..25], split.Training);
    }

    [Theory]
    [InlineData("first:3", 3)]
    [InlineData("random:7", 7)]
    [InlineData("fold:0", 6)]
    [InlineData("fold:2/3", 10)]
    [InlineData("cases:isbi_03,isbi_07", 2)]
    [InlineData("none", 0)]
    public void Every_rule_divides_the_cases(string rule, int held)
    {
        var split = Validation.Parse(rule, seed: 1).Of(Thirty);

        Assert.Equal(held, split.Validation.Count);
        Assert.Equal(Thirty, split.Training.Concat(split.Validation).Order(StringComparer.Ordinal));
        Assert.Equal(rule, Validation.Parse(rule).ToString());
    }

    [Fact]
    public void Random_cases_follow_the_seed()
    {
        Assert.Equal(Validation.Parse("random:7", 1).Of(Thirty).Validation, Validation.Parse("random:7", 1).Of(Thirty).Validation);
        Assert.NotEqual(Validation.Parse("random:7", 1).Of(Thirty).Validation, Validation.Parse("random:7", 2).Of(Thirty).Validation);
    }

    [Fact]
    public void A_rule_that_is_none_is_answered_with_all_forms()
    {
        var error = Assert.Throws<UsageException>(() => Validation.Parse("last:five"));

        Assert.Equal("validation is 'last:five', expected last:N, first:N, random:N, fold:K, fold:K/N, cases:A,B, all or none", error.Message);
    }

    [Fact]
    public void Something_must_be_left_to_train_on()
    {
        var error = Assert.Throws<InputException>(() => Validation.Last(30).Of(Thirty));

        Assert.Equal("validation 'last:30' leaves no case to train on: the data set has 30 case(s)", error.Message);
    }

    [Fact]
    public void A_stored_fold_with_a_case_on_both_sides_is_refused()
    {
        var error = Assert.Throws<InputException>(() => Validation.Fold(1).Of(["a", "b", "c"], [new(["a", "b"], ["c"]), new(["a", "b"], ["b", "c"])]));

        Assert.Equal("fold 1 in splits_final.json has case 'b' in both train and val, so its validation would measure what was learnt", error.Message);
    }

    [Fact]
    public void A_case_that_does_not_exist_is_answered_with_the_nearest()
    {
        var error = Assert.Throws<InputException>(() => Validation.Parse("cases:isbi_3").Of(Thirty));

        Assert.StartsWith("validation case 'isbi_3' is not in the data set; known: isbi_03,", error.Message, StringComparison.Ordinal);
    }
}
