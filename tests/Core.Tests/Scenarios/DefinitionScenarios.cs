using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Numbers", "Definitions and money", and step 0 of every command.</summary>
internal sealed class DefinitionScenarios
{
    [Test]
    public void Genesis_comes_first_and_agrees_with_the_limits()
    {
        using EngineHarness venue = Empty();
        venue.Genesis().Tells("VenueResumed");
        venue.Genesis().Tells("refused Genesis InvalidDefinition");
    }

    [Test]
    public void Genesis_with_other_limits_is_refused()
    {
        Func<GenesisBlock, GenesisBlock>[] changes =
        [
            g => g with { Features = 1 }, g => g with { MaxOrders = g.MaxOrders + 1 },
            g => g with { MaxPricePages = 0 }, g => g with { MaxInstruments = 1 }, g => g with { MaxCurrencies = 1 },
            g => g with { MaxAccounts = 1 }, g => g with { MaxBalances = 1 }, g => g with { MaxSessions = 1 },
            g => g with { ClientIdWindow = 1 }, g => g with { MaxClientIds = 1 }, g => g with { MaxFillsPerCommand = 1 },
            g => g with { MaxOwners = 1 }, g => g with { MaxGateways = 1 }, g => g with { MaxJobs = 1 },
            g => g with { MaxPositions = 1 }, g => g with { MaxPositionLots = 1 },
            g => g with { MaxFirms = 1 }, g => g with { MaxAccountGroups = 1 }, g => g with { MaxWithdrawals = 1 },
            g => g with { MaxFeeSchedules = 1 }, g => g with { MaxKeptTrades = 1 }, g => g with { MaxVolumeAccounts = 1 },
            g => g with { HashSeed = 1 }, g => g with { RuleLevel = 99 },
        ];
        foreach (Func<GenesisBlock, GenesisBlock> change in changes)
        {
            using EngineHarness venue = Empty();
            venue.Genesis(change).Tells("refused Genesis InvalidDefinition");
        }
    }

    [Test]
    public void Genesis_is_too_late_after_any_other_command()
    {
        using EngineHarness venue = Empty();
        venue.Tick().Tells();
        venue.Genesis().Tells("refused Genesis InvalidDefinition");
    }

    [Test]
    public void An_id_is_defined_once_and_within_the_limits()
    {
        using EngineHarness venue = Open();
        venue.DefineCurrency(Usd, "USD").Tells("refused DefineCurrency AlreadyDefined");
        venue.DefineCurrency(0, "NIL").Tells("refused DefineCurrency InvalidDefinition");
        venue.DefineCurrency(8, "FAR").Tells("refused DefineCurrency CapacityExceeded");
        venue.DefineCurrency(7, "LAST", scale: 10).Tells("refused DefineCurrency InvalidDefinition");
        venue.DefineCurrency(7, "LAST", scale: 9).Tells("CurrencyDefined");
        venue.OpenAccount(1, 1).Tells("refused OpenAccount AlreadyDefined");
        venue.OpenAccount(0, 1).Tells("refused OpenAccount InvalidDefinition");
        venue.OpenAccount(8, 1).Tells("refused OpenAccount CapacityExceeded");
        venue.Send(SoundInstrument(GoldUsd, Gold)).Tells("refused DefineInstrument AlreadyDefined");
        venue.Send(SoundInstrument(0, Gold)).Tells("refused DefineInstrument InvalidDefinition");
        venue.Send(SoundInstrument(8, Gold)).Tells("refused DefineInstrument CapacityExceeded");
        venue.Send(SoundInstrument(7, 6)).Tells("refused DefineInstrument UnknownCurrency");
        venue.Send(SoundInstrument(7, Gold)).Tells("InstrumentDefined");
    }

    [Test]
    public void An_instrument_whose_money_would_round_is_refused()
    {
        using EngineHarness venue = Open();
        DefineInstrumentBlock sound = SoundInstrument(7, Gold);
        DefineInstrumentBlock[] wrong =
        [
            sound with { TickScale = 1 }, sound with { LotScale = 1 }, sound with { MultiplierScale = 1 },
            sound with { TickMantissa = 10, LotScale = 1 }, sound with { TickMantissa = 0 }, sound with { LotMantissa = -1 },
            sound with { MultiplierMantissa = 0 }, sound with { TickScale = 13 }, sound with { MaxQuantity = 0 },
            sound with { MinPrice = 0 }, sound with { MinPrice = 1001 }, sound with { NegativePrices = 2 },
            sound with { BaseCurrencyId = Usd }, sound with { LotMantissa = 2, MaxQuantity = (long.MaxValue / 2) + 1 },
            sound with { TickMantissa = long.MaxValue, LotMantissa = 2 },
            sound with { TickMantissa = long.MaxValue, LotMantissa = long.MaxValue, MultiplierMantissa = long.MaxValue },
        ];
        foreach (DefineInstrumentBlock block in wrong)
        {
            venue.Send(block).Tells("refused DefineInstrument InvalidDefinition");
        }

        venue.Send(sound with { LotMantissa = 2, MaxQuantity = long.MaxValue / 2 }).Tells("InstrumentDefined");
    }

    [Test]
    public void Money_per_tick_and_lot_is_computed_from_the_definition()
    {
        using EngineHarness venue = Open();
        venue.DefineCurrency(5, "USD.cc", scale: 8);
        venue.DefineCurrency(6, "BTC", scale: 8);
        DefineInstrumentBlock block = SoundInstrument(7, 6) with
        {
            QuoteCurrencyId = 5, TickMantissa = 1, TickScale = 2, LotMantissa = 1, LotScale = 4,
        };
        InstrumentDefinedBlock defined = venue.Send(block).Only<InstrumentDefinedBlock>();
        Assert.That(defined.NotionalPerTickLot, Is.EqualTo(100), "0.01 × 0.0001 in units of 10^-8");
        Assert.That(defined.BasePerLot, Is.EqualTo(10_000));
        Assert.That(defined.Envelope.InstrumentId, Is.EqualTo(7));
    }

    [Test]
    public void Trading_status_is_told_even_when_it_does_not_change()
    {
        using EngineHarness venue = Open();
        venue.Resume().Tells("TradingStatusChanged");
        venue.Send(new SetTradingStatusBlock { InstrumentId = 3 }).Tells("refused SetTradingStatus UnknownInstrument");
        venue.Send(new SetTradingStatusBlock { InstrumentId = 1, Status = (TradingStatus)2 })
            .Tells("refused SetTradingStatus MalformedCommand");
    }

    [Test]
    public void Money_comes_and_goes_within_what_is_available_and_what_fits()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 100, "a");
        venue.Adjust(1, Usd, -Million).Tells("refused AdjustBalance InsufficientFunds");
        venue.Adjust(1, Usd, 100 - Million).Tells("adjusted by -999900 to 0/100");
        venue.Adjust(1, Usd, long.MinValue).Tells("refused AdjustBalance InsufficientFunds");
        venue.Adjust(1, Usd, long.MaxValue).Tells("refused AdjustBalance BalanceOverflow");
        venue.Adjust(1, Usd, long.MaxValue - (2 * Million) - 100).Tells($"adjusted by {long.MaxValue - 2_000_100} to {long.MaxValue - 2_000_100}/100");
        venue.Adjust(2, Usd, 1).Tells("refused AdjustBalance BalanceOverflow");
        venue.Adjust(1, 7, 1).Tells("refused AdjustBalance UnknownCurrency");
        venue.Adjust(7, Usd, 1).Tells("refused AdjustBalance UnknownAccount");
        venue.Adjust(1, Usd, 0).Tells($"adjusted by 0 to {long.MaxValue - 2_000_100}/100");
    }

    [Test]
    public void A_trade_moves_money_and_keeps_the_sums()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 90, "m");
        venue.Buy(2, 3, 100, "t");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000270/0"));
        Assert.That(venue.Balance(1, Gold), Is.EqualTo("999995/2"));
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999730/0"), "the improvement is available again");
        Assert.That(venue.Balance(2, Gold), Is.EqualTo("1000003/0"));
        Assert.That(venue.Pair.Reference.SumOf(Usd), Is.EqualTo(new System.Numerics.BigInteger(3 * Million)));
    }

    [Test]
    public void A_rule_that_the_engine_does_not_know_is_refused()
    {
        using EngineHarness venue = Open();
        venue.Send(new ActivateRuleBlock { RuleLevel = 99 }).Tells("refused ActivateRule UnknownRule");
        venue.Send(new ActivateRuleBlock { RuleLevel = 0 }).Tells("RuleActivated");
    }

    [Test]
    public void A_voided_command_is_answered_and_does_nothing()
    {
        using EngineHarness venue = Open();
        byte[] order = WireMessage.Encode(Limit(Side.Buy, 1, 100, "a") with
        {
            Envelope = new CommandEnvelope { AccountId = 1 },
        });
        CommandRejectedBlock rejected = venue.Pair.ApplyVoided((byte[])order.Clone()).Single().As<CommandRejectedBlock>();
        Assert.That(rejected.Reason, Is.EqualTo(RejectReason.Voided));
        Assert.That(rejected.CommandTemplateId, Is.EqualTo(NewOrderBlock.TemplateId));
        venue.SendRaw(order).Tells("accepted a buy 1@100 resting");
    }

    [Test]
    public void A_voided_message_without_a_whole_header_names_no_template()
    {
        using EngineHarness venue = Open();
        byte[] order = WireMessage.Encode(Limit(Side.Buy, 1, 100, "a"));
        for (int length = 0; length < order.Length; length++)
        {
            CommandRejectedBlock rejected = venue.Pair.ApplyVoided(order[..length]).Single().As<CommandRejectedBlock>();
            Assert.That(rejected.CommandTemplateId, Is.EqualTo(length < MessageHeader.Size ? 0 : NewOrderBlock.TemplateId));
        }
    }

    [Test]
    public void A_message_too_short_for_its_block_is_malformed()
    {
        using EngineHarness venue = Open();
        byte[] order = WireMessage.Encode(Limit(Side.Buy, 1, 100, "a"));
        for (int length = 0; length < order.Length; length++)
        {
            CommandRejectedBlock rejected = venue.SendRaw(order[..length]).Only<CommandRejectedBlock>();
            Assert.That(rejected.Reason, Is.EqualTo(RejectReason.MalformedCommand), $"{length} bytes");
        }
    }

    [Test]
    public void Form_is_checked_in_the_order_of_length_schema_template_and_block()
    {
        using EngineHarness venue = Open();
        byte[] sound = WireMessage.Encode(Limit(Side.Buy, 1, 100, "a"));
        sound[WireMessage.EnvelopeOffset + 52] = 1;
        Require(venue, With(sound, 4, 2), RejectReason.MalformedCommand);
        Require(venue, With(sound, 2, 99), RejectReason.UnknownCommand);
        Require(venue, With(sound, 2, OrderAcceptedBlock.TemplateId), RejectReason.UnknownCommand);
        Require(venue, With(sound, 0, NewOrderBlock.BlockLength - 1), RejectReason.MalformedCommand);
        Require(venue, With(sound, 0, NewOrderBlock.BlockLength + 1), RejectReason.MalformedCommand);
        venue.SendRaw(With(sound, 6, 7)).Tells("accepted a buy 1@100 resting");
    }

    [Test]
    public void A_longer_block_of_a_later_version_is_taken()
    {
        using EngineHarness venue = Open();
        byte[] order = WireMessage.Encode(Limit(Side.Buy, 1, 100, "a"));
        order[WireMessage.EnvelopeOffset + 52] = 1;
        byte[] longer = With([.. order, 1, 2, 3, 4, 5, 6, 7, 8], 0, NewOrderBlock.BlockLength + 8);
        venue.SendRaw(longer).Tells("accepted a buy 1@100 resting");
        venue.SendRaw([.. order, 9, 9, 9]).Tells("accepted a buy 1@100 repeated");
    }

    private static byte[] With(byte[] message, int offset, ushort value)
    {
        byte[] copy = (byte[])message.Clone();
        System.Runtime.InteropServices.MemoryMarshal.Write(copy.AsSpan(offset), value);
        return copy;
    }

    private static void Require(EngineHarness venue, byte[] message, RejectReason reason)
    {
        IEnumerable<RejectReason> reasons = venue.SendRaw(message).All<CommandRejectedBlock>().Select(r => r.Reason);
        Assert.That(reasons, Is.EqualTo(new[] { reason }));
    }
}
