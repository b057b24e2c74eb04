using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class TensorScopeTests
{
    [Fact]
    public void A_scope_releases_what_was_made_in_it()
    {
        using var check = new NoLeaks();
        Tensor t;

        using (new TensorScope())
        {
            t = Tensor.Zeros([2]) + 1;
            Assert.False(t.IsDisposed);
        }

        Assert.True(t.IsDisposed);
    }

    [Fact]
    public void What_is_kept_lives_in_the_scope_around()
    {
        using var check = new NoLeaks();
        using var outer = new TensorScope();
        Tensor kept;

        using (var inner = new TensorScope())
        {
            kept = inner.Keep(Tensor.Ones([3]));
            Tensor.Ones([4]);
        }

        Assert.Equal([1f, 1f, 1f], kept.ToArray<float>());
    }

    [Fact]
    public void What_is_taken_belongs_to_whoever_took_it()
    {
        using var check = new NoLeaks();
        Tensor taken;
        using (new TensorScope())
        {
            taken = TensorScope.Take(Tensor.Ones([3]));
        }

        Assert.False(taken.IsDisposed);
        taken.Dispose();
    }

    [Fact]
    public void Closing_the_outer_scope_first_is_refused()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();

        Assert.Throws<InvalidOperationException>(outer.Dispose);

        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void Scopes_of_two_threads_do_not_meet()
    {
        using var outer = new TensorScope();
        TensorScope? seen = outer;

        var other = new Thread(() => seen = TensorScope.Current);
        other.Start();
        other.Join();

        Assert.Null(seen);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        using var scope = new TensorScope();
        var t = Tensor.Ones([1]);
        t.Dispose();

        Assert.Throws<ObjectDisposedException>(() => t + 1);
    }
}
