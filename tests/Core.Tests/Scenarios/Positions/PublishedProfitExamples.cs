using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Scenarios.Positions.PositionSteps;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>Examples that others have published, with their numbers; each names where it stands.</summary>
internal sealed class PublishedProfitExamples
{
    /// <summary>
    /// sarim-insight.blogspot.com, 2025/09, "What is FIFO / realized P&amp;L tracking": 100 bought at 10, 50 at 12, 120 sold at
    /// 15; 500 + 60 = 560 earned, 30 left at 12.
    /// </summary>
    [Test]
    public void First_in_first_out_over_two_purchases()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 100, 10, 2, "1");
        venue.Trade(1, Side.Buy, 50, 12, 2, "2");
        venue.Trade(1, Side.Sell, 120, 15, 2, "3");
        Assert.That(venue.LotsOf(1), Is.EqualTo(new[] { "30@12" }));
        Assert.That(venue.Position(1), Is.EqualTo("30 320 520/560 0/0"), "1600 / 150 × 120 = 1280 by average price");
    }

    /// <summary>
    /// "Running Profit &amp; Loss Calculation", a question about first in, first out in the data set
    /// huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1: profits of 0.27, 0 and 0.06 after sales of 5, 2 and 8.
    /// </summary>
    [Test]
    public void A_running_profit_over_fourteen_trades()
    {
        (bool Buys, long Price, long Lots, long Profit)[] trades =
        [
            (true, 24, 1, 0), (true, 21, 4, 0), (true, 21, 1, 0), (false, 27, 5, 27), (true, 27, 1, 27),
            (true, 26, 1, 27), (true, 24, 2, 27), (true, 24, 1, 27), (false, 24, 2, 27), (true, 26, 1, 27),
            (true, 26, 2, 27), (true, 26, 1, 27), (false, 26, 8, 33), (true, 26, 2, 33),
        ];
        using EngineHarness venue = PositionSteps.Open();
        for (int i = 0; i < trades.Length; i++)
        {
            (bool buys, long price, long lots, long profit) = trades[i];

            // Cents above 67 dollars.
            venue.Trade(1, buys ? Side.Buy : Side.Sell, lots, price, 2, $"{i}");
            string fifo = venue.Position(1).Split(' ')[2].Split('/')[1];
            Assert.That(fifo, Is.EqualTo(profit.ToString()), $"after trade {i + 1}");
        }

        Assert.That(venue.LotsOf(1), Is.EqualTo(new[] { "2@26" }));
    }

    /// <summary>
    /// tutorsglobe.com, "Determine the total amount of your capital gain or loss": 100 bought in January at 10 and in April at
    /// 30, 100 sold in June at 20, 100 bought in September at 50, 100 sold in November at 30. First in, first out: 1,000
    /// and nothing.
    /// </summary>
    [Test]
    public void A_year_of_a_hundred_shares_at_a_time()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 100, 10, 2, "1");
        venue.Trade(1, Side.Buy, 100, 30, 2, "2");
        venue.Trade(1, Side.Sell, 100, 20, 2, "3");
        Assert.That(venue.Position(1), Is.EqualTo("100 2000 0/1000 0/0"));
        venue.Trade(1, Side.Buy, 100, 50, 2, "4");
        venue.Trade(1, Side.Sell, 100, 30, 2, "5");
        Assert.That(venue.Position(1), Is.EqualTo("100 3500 -500/1000 0/0"));
        Assert.That(venue.LotsOf(1), Is.EqualTo(new[] { "100@50" }));
    }
}
