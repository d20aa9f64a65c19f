using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Readers;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Core.Tests.Sessions;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Readers;

/// <summary>Books, orders and balances built from events alone are the engine's.</summary>
internal sealed class BookBuilderTests
{
    private const ulong Sessions = 1000;

    [Test]
    public void Whatever_happened_the_events_tell_books_orders_and_balances()
    {
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            BookBuilder builder = new();
            string? failure = RandomSession.Watch(seed, (pair, events) =>
            {
                foreach (ReferenceEvent e in events)
                {
                    builder.ApplyFrames(EventFrames.Frame(e.Message));
                }

                RequireSame(pair.Reference, builder);
            });
            Assert.That(failure, Is.Null, $"seed {seed}");
        }
    }

    [Test]
    public void A_reader_that_starts_from_an_image_catches_up_with_one_that_saw_everything()
    {
        for (ulong seed = 1; seed <= Sessions / 2; seed++)
        {
            BookBuilder? builder = null;
            int countdown = (int)(seed % 100);
            string? failure = RandomSession.Watch(seed, (pair, events) =>
            {
                foreach (ReferenceEvent e in events)
                {
                    builder?.Apply(e.Message);
                }

                if (countdown-- == 0)
                {
                    builder = new BookBuilder();
                    pair.Engine.WriteImage(builder.ApplyFrames);
                }

                if (builder is not null)
                {
                    RequireSame(pair.Reference, builder);
                }
            });
            Assert.That(failure, Is.Null, $"seed {seed}");
        }
    }

    [Test]
    public void A_missing_event_is_noticed()
    {
        using EngineHarness venue = Open();
        BookBuilder builder = new();
        Feed(builder, venue.Send(SoundInstrument(3, Gold)));
        Feed(builder, venue.Enter(1, Limit(Side.Buy, 1, 10, "a") with { InstrumentId = 3 }));
        _ = venue.Enter(1, Limit(Side.Buy, 1, 10, "lost") with { InstrumentId = 3 });
        Answer late = venue.Enter(1, Limit(Side.Buy, 1, 10, "c") with { InstrumentId = 3 });
        EventGapException gap = Assert.Throws<EventGapException>(() => Feed(builder, late))!;
        Assert.That(gap.At.Sequence, Is.EqualTo(venue.Pair.Sequence));
    }

    [Test]
    public void An_image_replaces_everything_that_was_known()
    {
        BookBuilder builder = new();
        builder.Apply(WireMessage.Encode(new InstrumentDefinedBlock { Envelope = new EventEnvelope { InstrumentId = 9 } }));
        builder.Apply(WireMessage.Encode(default(ImageBeginBlock)));
        Assert.That(builder.IsReadingImage);
        Assert.That(builder.Instruments, Is.Empty);
        EventEnvelope envelope = new() { InstrumentId = 1, AccountId = 5, SessionId = 6, InstrumentSequence = 40 };
        builder.Apply(WireMessage.Encode(new InstrumentDefinedBlock
        {
            Envelope = envelope, BaseCurrencyId = 2, QuoteCurrencyId = 1, NotionalPerTickLot = 1, BasePerLot = 1,
        }));
        builder.Apply(WireMessage.Encode(new BookImageBlock { Envelope = envelope, LastTradeId = 3 }));
        builder.Apply(WireMessage.Encode(new OrderImageBlock
        {
            Envelope = envelope, OrderId = 77, Price = 10, OpenLots = 4, FilledLots = 1, Side = Side.Buy,
        }));
        builder.Apply(WireMessage.Encode(new BalanceImageBlock { Envelope = envelope, CurrencyId = 1, Held = 40 }));
        builder.Apply(WireMessage.Encode(new BalanceImageBlock { Envelope = envelope, CurrencyId = 2 }));
        builder.Apply(WireMessage.Encode(new ImageEndBlock { Messages = 7 }));
        Assert.That(builder.IsReadingImage, Is.False);
        envelope.InstrumentSequence = 41;
        builder.Apply(WireMessage.Encode(new OrderCanceledBlock
        {
            Envelope = envelope, OrderId = 77, CanceledLots = 4, Rested = 1,
        }));
        Assert.That(builder.FindOrder(77), Is.Null);
        Assert.That(builder.FindBalance(5, 1), Is.EqualTo(new ReaderBalance(40, 0)));
        Assert.That(builder.FindInstrument(1)!.Bids.LevelCount, Is.Zero);
    }

    private static void Feed(BookBuilder builder, Answer answer)
    {
        foreach (ReferenceEvent e in answer.Events)
        {
            builder.Apply(e.Message);
        }
    }

    private static void RequireSame(ReferenceEngine reference, BookBuilder builder)
    {
        Require(builder.OpenOrders == reference.RestingOrders.Count(), "number of open orders");
        Require(builder.Instruments.Select(i => i.Id).SequenceEqual(reference.Instruments.Keys), "instruments");
        foreach (ReferenceInstrument expected in reference.Instruments.Values)
        {
            ReaderInstrument actual = builder.FindInstrument(expected.Id)!;
            Require(actual.Sequence == expected.Sequence, "instrument sequence");
            Require(actual.LastTradeId == expected.LastTradeId, "last trade id");
            Require(actual.Status == expected.Status, "trading status");
            RequireSame(expected.Book.Bids, actual.Bids);
            RequireSame(expected.Book.Asks, actual.Asks);
        }

        var balances = reference.Accounts.Values.SelectMany(account => account.Balances.Select(balance =>
            (account.Id, balance.Key, new ReaderBalance(
                (long)balance.Value.Available, (long)balance.Value.Held, (long)balance.Value.Pending))));
        Require(builder.Balances.SequenceEqual(balances), "balances");
        var venue = reference.VenueBalances.Where(b => b.Value != 0)
            .Select(b => (b.Key.Account, b.Key.Currency, new ReaderBalance((long)b.Value, 0)));
        Require(builder.VenueBalances.Where(b => b.Balance != default).SequenceEqual(venue), "the venue's balances");
    }

    private static void RequireSame(IReadOnlyList<ReferenceOrder> expected, BookSide actual)
    {
        var orders = expected.Select(o =>
            (o.Id, o.Price, o.OpenLots, o.FilledLots, o.Account.Id, o.SessionId, o.LastClientOrderId));
        var built = actual.Orders.Select(o =>
            (o.Id, o.Price, o.OpenLots, o.FilledLots, o.AccountId, o.SessionId, o.ClientOrderId));
        Require(built.SequenceEqual(orders), "orders of a side");
        var levels = expected.GroupBy(o => o.Price).Select(g =>
            (g.Key, g.Count(), g.Aggregate(System.Int128.Zero, (sum, o) => sum + o.OpenLots)));
        Require(actual.Levels.Select(l => (l.Price, l.Orders, l.OpenLots)).SequenceEqual(levels), "levels");
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new DiscrepancyException($"what was built from the events differs: {what}");
        }
    }
}
