using System;
using HftEngine.Core.Ledger.Positions;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Ledger;

/// <summary>The table of positions at its size: a row of two cache lines and its places in the index.</summary>
internal sealed class PositionTableTests
{
    private const uint Few = 100_000;
    private const uint TenMillion = 10_000_000;
    private const uint Instruments = 10;

    [Test]
    public unsafe void A_position_takes_128_bytes_and_its_lot_32()
    {
        Assert.That(sizeof(PositionRecord), Is.EqualTo(128));
        Assert.That(sizeof(PositionLot), Is.EqualTo(32));
        Assert.That(sizeof(PositionTerms), Is.EqualTo(64));
    }

    [Test]
    public void Every_position_is_found_again_and_no_other() => Fill(Few);

    /// <summary>1.4 GB; asked for by HFT_TEN_MILLION=1.</summary>
    [Test]
    public void Ten_million_positions_of_a_million_accounts_are_found_again()
    {
        if (Environment.GetEnvironmentVariable("HFT_TEN_MILLION") != "1")
        {
            Assert.Ignore("HFT_TEN_MILLION=1 runs it");
        }

        Fill(TenMillion);
    }

    private static void Fill(uint count)
    {
        Positions positions = new(count);
        try
        {
            for (uint i = 0; i < count; i++)
            {
                Assert.That(positions.Add(KeyOf(i)) == i + 1);
            }

            Assert.That(positions.HasRoom, Is.False);
            for (uint i = 0; i < count; i++)
            {
                if (positions.Find(KeyOf(i)) != i + 1 || positions[i + 1].AccountId != (i / Instruments) + 1)
                {
                    Assert.Fail($"position {i} is lost");
                }
            }

            Assert.That(positions.Find(Positions.KeyOf((count / Instruments) + 1, 1, 0)), Is.Zero);
            Assert.That(positions.Find(Positions.KeyOf(1, 1, 1)), Is.Zero, "the other leg");
        }
        finally
        {
            positions.Dispose();
        }
    }

    private static ulong KeyOf(uint i) => Positions.KeyOf((i / Instruments) + 1, (i % Instruments) + 1, 0);
}
