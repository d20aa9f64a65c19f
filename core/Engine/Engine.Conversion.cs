using System;
using HftEngine.Core.Instruments;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Reference prices: what a currency counts for in the venue's reference currency.</summary>
public sealed unsafe partial class Engine
{
    private const long PriceOne = 1_000_000_000_000;
    private const uint HaircutOne = 1_000_000;
    private const int RateOne = 1_000_000_000;

    private uint _referenceCurrencyId;

    /// <summary>Worth of a holding ≥ 0 in the reference currency, rounded down at each of its two divisions.</summary>
    /// <param name="amount">Units of the currency.</param>
    /// <param name="currencyId">Whose price applies; without a price the holding is worth nothing.</param>
    /// <param name="haircut">Whether the currency's haircut is taken off.</param>
    private long WorthOfAsset(long amount, uint currencyId, bool haircut)
    {
        Int128 worth = (Int128)amount * ReferencePriceOf(currencyId) / PriceOne;
        if (haircut && currencyId != _referenceCurrencyId)
        {
            worth = worth * (HaircutOne - _currencies[currencyId].Haircut) / HaircutOne;
        }

        return (long)Int128.Min(worth, long.MaxValue);
    }

    /// <summary>Weight of a debt ≥ 0 in the reference currency, rounded up at each of its two divisions.</summary>
    private long WeightOfDebt(long amount, uint currencyId, bool haircut)
    {
        Int128 weight = (((Int128)amount * ReferencePriceOf(currencyId)) + PriceOne - 1) / PriceOne;
        if (haircut && currencyId != _referenceCurrencyId)
        {
            weight = ((weight * (HaircutOne + _currencies[currencyId].Haircut)) + HaircutOne - 1) / HaircutOne;
        }

        return (long)Int128.Min(weight, long.MaxValue);
    }

    private long ReferencePriceOf(uint currencyId) =>
        currencyId == _referenceCurrencyId ? PriceOne : _currencies[currencyId].ReferencePrice;

    private void SetReferenceCurrency(SetReferenceCurrencyBlock* request)
    {
        RejectReason reason = IsCurrency(request->CurrencyId) ? RejectReason.None : RejectReason.UnknownCurrency;
        if (reason == RejectReason.None && _referenceCurrencyId != 0)
        {
            reason = RejectReason.AlreadyDefined;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetReferenceCurrencyBlock.TemplateId, reason);
            return;
        }

        _referenceCurrencyId = request->CurrencyId;
        var block = (ReferenceCurrencySetBlock*)_writer.Next(
            ReferenceCurrencySetBlock.TemplateId, ReferenceCurrencySetBlock.BlockLength, 0, 0);
        block->CurrencyId = request->CurrencyId;
    }

    private void SetReferencePrice(SetReferencePriceBlock* request)
    {
        RejectReason reason = IsCurrency(request->CurrencyId) ? RejectReason.None : RejectReason.UnknownCurrency;
        if (reason == RejectReason.None && (request->Price < 0 || request->Haircut > HaircutOne))
        {
            reason = RejectReason.InvalidRate;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetReferencePriceBlock.TemplateId, reason);
            return;
        }

        ref Currency currency = ref _currencies[request->CurrencyId];
        long previous = currency.ReferencePrice;
        currency.ReferencePrice = request->Price;
        currency.Haircut = request->Haircut;
        var block = (ReferencePriceSetBlock*)_writer.Next(
            ReferencePriceSetBlock.TemplateId, ReferencePriceSetBlock.BlockLength, 0, 0);
        FillReferencePrice(block, request->CurrencyId);
        block->PreviousPrice = previous;
    }

    private void FillReferencePrice(ReferencePriceSetBlock* block, uint currencyId)
    {
        block->Price = _currencies[currencyId].ReferencePrice;
        block->CurrencyId = currencyId;
        block->Haircut = _currencies[currencyId].Haircut;
    }

    private static bool AreRatesSound(in Currency currency) =>
        currency.ReferencePrice >= 0
        && currency.Haircut <= HaircutOne
        && Math.Abs((long)currency.InterestRate) <= RateOne
        && currency.DayCount is 0 or 360 or 365;
}
