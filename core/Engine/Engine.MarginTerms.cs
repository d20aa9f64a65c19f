using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Prices and rates that margin is computed from.</summary>
public sealed unsafe partial class Engine
{
    private const uint MaxCollateral = 16;
    private const uint Millionths = 1_000_000;

    // A rate or a level of more than a hundred times is a mistake of somebody.
    private const uint MaxLevel = 100 * Millionths;

    private MarginLevels _marginLevels = new() { Call = 1_250_000, StopOut = Millionths };

    private void SetCollateralPrice(SetCollateralPriceBlock* request)
    {
        RejectReason reason = RejectReason.None;
        if (!IsCurrency(request->CurrencyId))
        {
            reason = RejectReason.UnknownCurrency;
        }
        else if (request->Price < 1 || request->Haircut > Millionths)
        {
            reason = RejectReason.InvalidDefinition;
        }
        else if (_collateralPrices[request->CurrencyId].Price == 0 && _collateralCount == MaxCollateral)
        {
            reason = RejectReason.CapacityExceeded;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetCollateralPriceBlock.TemplateId, reason);
            return;
        }

        AddCollateral(request->CurrencyId);
        _collateralPrices[request->CurrencyId] =
            new CollateralPrice { Price = request->Price, Haircut = request->Haircut };
        WriteCollateralPrice(
            (CollateralPriceChangedBlock*)_writer.Next(
                CollateralPriceChangedBlock.TemplateId, CollateralPriceChangedBlock.BlockLength, 0, 0),
            request->CurrencyId);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (IsOnMargin(_instruments + id) && IsValuable(id))
            {
                QueueValuation(id);
            }
        }

        uint budget = Limits.MaxFillsPerCommand;
        ContinueValuations(ref budget);
    }

    private void AddCollateral(uint currencyId)
    {
        if (_collateralPrices[currencyId].Price != 0)
        {
            return;
        }

        uint at = _collateralCount++;
        for (; at > 0 && _collateral[at - 1] > currencyId; at--)
        {
            _collateral[at] = _collateral[at - 1];
        }

        _collateral[at] = currencyId;
    }

    private void WriteCollateralPrice(CollateralPriceChangedBlock* block, uint currencyId)
    {
        block->CurrencyId = currencyId;
        block->Price = _collateralPrices[currencyId].Price;
        block->Haircut = _collateralPrices[currencyId].Haircut;
    }

    private void SetMarkPrice(SetMarkPriceBlock* request)
    {
        long price = request->Price;
        RejectReason reason = CheckMark(request, ref price);
        if (reason != RejectReason.None)
        {
            RejectCommand(SetMarkPriceBlock.TemplateId, reason);
            return;
        }

        ref PositionTerms terms = ref _positionTerms[request->InstrumentId];
        var block = (MarkPriceChangedBlock*)_writer.Next(
            MarkPriceChangedBlock.TemplateId, MarkPriceChangedBlock.BlockLength, request->InstrumentId, 0);
        block->Price = price;
        block->PreviousPrice = terms.MarkPrice;
        block->Source = request->Source;
        terms.MarkPrice = price;
        terms.HasMark = 1;
        if (IsValuable(request->InstrumentId))
        {
            QueueValuation(request->InstrumentId);
        }

        uint budget = Limits.MaxFillsPerCommand;
        ContinueValuations(ref budget);
    }

    private RejectReason CheckMark(SetMarkPriceBlock* request, ref long price)
    {
        uint instrumentId = request->InstrumentId;
        if (DefinedOrZero(instrumentId) == 0)
        {
            return RejectReason.UnknownInstrument;
        }

        Instrument* instrument = _instruments + instrumentId;
        if (!IsOnMargin(instrument))
        {
            return RejectReason.NotOnMargin;
        }

        ref readonly BookSide bids = ref _books.SideOf(instrumentId, 0);
        ref readonly BookSide asks = ref _books.SideOf(instrumentId, 1);
        switch (request->Source)
        {
            case MarkSource.Given:
                return CheckPrice(instrument, price, 1);
            case MarkSource.Last:
                price = instrument->LastPrice;
                return price == Instrument.NoPrice ? RejectReason.NoMarkPrice : CheckPrice(instrument, price, 1);
            case MarkSource.Mid:
                if (bids.BestPage == 0 || asks.BestPage == 0)
                {
                    return RejectReason.NoMarkPrice;
                }

                long bid = bids.BestRank ^ OrderBooks<RecordLayout>.MaskOf(0);
                long ask = asks.BestRank ^ OrderBooks<RecordLayout>.MaskOf(1);
                price = bid + ((ask - bid) / 2);
                return RejectReason.None;
            default:
                return RejectReason.MalformedCommand;
        }
    }

    private void SetMarginTiers(SetMarginTiersBlock* request)
    {
        RejectReason reason = CheckTiers(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(SetMarginTiersBlock.TemplateId, reason);
            return;
        }

        uint id = request->InstrumentId;
        ref MarginTiers tiers = ref _marginTiers[id];
        tiers = new MarginTiers { Count = request->Tiers };
        for (int i = 0; i < request->Tiers; i++)
        {
            tiers.Initial[i] = (&request->Initial1)[i];
            tiers.Maintenance[i] = (&request->Maintenance1)[i];
            if (i + 1 < request->Tiers)
            {
                tiers.Limits[i] = (&request->Limit1)[i];
            }
        }

        WriteTiers(
            (MarginTiersChangedBlock*)_writer.Next(
                MarginTiersChangedBlock.TemplateId, MarginTiersChangedBlock.BlockLength, id, 0),
            id);
        if (IsValuable(id))
        {
            QueueValuation(id);
        }

        uint budget = Limits.MaxFillsPerCommand;
        ContinueValuations(ref budget);
    }

    private RejectReason CheckTiers(SetMarginTiersBlock* request)
    {
        if (DefinedOrZero(request->InstrumentId) == 0)
        {
            return RejectReason.UnknownInstrument;
        }

        if (!IsOnMargin(_instruments + request->InstrumentId))
        {
            return RejectReason.NotOnMargin;
        }

        if (request->Tiers is 0 or > MarginTiers.MaxTiers)
        {
            return RejectReason.InvalidDefinition;
        }

        long before = 0;
        for (int i = 0; i < MarginTiers.MaxTiers; i++)
        {
            uint initial = (&request->Initial1)[i];
            uint maintenance = (&request->Maintenance1)[i];
            long limit = i < MarginTiers.MaxTiers - 1 ? (&request->Limit1)[i] : 0;
            bool used = i < request->Tiers;
            bool sound = used
                ? maintenance >= 1 && maintenance <= initial && initial <= Millionths
                : (initial | maintenance) == 0;
            bool limited = i + 1 < request->Tiers;
            if (!sound || (limited ? limit <= before : limit != 0))
            {
                return RejectReason.InvalidDefinition;
            }

            before = limit;
        }

        return RejectReason.None;
    }

    private void WriteTiers(MarginTiersChangedBlock* block, uint id)
    {
        ref MarginTiers tiers = ref _marginTiers[id];
        block->Tiers = tiers.Count;
        for (int i = 0; i < MarginTiers.MaxTiers; i++)
        {
            (&block->Initial1)[i] = tiers.Initial[i];
            (&block->Maintenance1)[i] = tiers.Maintenance[i];
        }

        block->Limit1 = tiers.Limits[0];
        block->Limit2 = tiers.Limits[1];
        block->Limit3 = tiers.Limits[2];
    }

    private void SetMarginLevels(SetMarginLevelsBlock* request)
    {
        uint accountId = request->Envelope.AccountId;
        RejectReason reason = accountId != 0 ? CheckAccount(&request->Envelope) : RejectReason.None;
        bool sound = request->StopOut >= 1 && request->StopOut <= request->Call && request->Call <= MaxLevel
            && request->Protected <= 1;
        if (reason == RejectReason.None && !sound)
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetMarginLevelsBlock.TemplateId, reason);
            return;
        }

        ref MarginLevels levels = ref accountId != 0 ? ref _marginAccounts[accountId].Levels : ref _marginLevels;
        levels.Call = request->Call;
        levels.StopOut = request->StopOut;
        levels.Protected = request->Protected;
        levels.Own = 1;
        var block = (MarginLevelsChangedBlock*)_writer.Next(
            MarginLevelsChangedBlock.TemplateId, MarginLevelsChangedBlock.BlockLength, 0, 0);
        block->Call = request->Call;
        block->StopOut = request->StopOut;
        block->Protected = request->Protected;
    }
}
