public static class Training
{
    public static double Epoch(Layer network, IReadOnlyList<(Tensor Image, Tensor Truth)> batches, Optimizer optimizer, Func<Tensor, Tensor, Tensor> loss)
    {
        network.Train();
        double sum = 0, pictures = 0, means = 0;
        foreach (var (image, truth) in batches)
        {
            optimizer.ClearGradients();
            var value = loss(network.Forward(image), truth);
            value.Backward();
            optimizer.Step();
            sum += value.Item() * image.Size(0);
            means += value.Item();
            pictures += image.Size(0);
        }

        return sum / pictures;
    }
}
