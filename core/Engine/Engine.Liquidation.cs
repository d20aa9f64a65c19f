using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Valuing positions anew after a price changed, margin calls, and the liquidation of accounts.</summary>
public sealed unsafe partial class Engine
{
    // Both queues run through the rows of what waits in them, so they are never full.
    private uint _firstValuation;
    private uint _lastValuation;
    private uint _firstLiquidation;
    private uint _lastLiquidation;

    private const byte CloseTried = 1;
    private const byte DebtTried = 2;

    /// <summary>Not zero: positions are to be settled or valued, or accounts liquidated, and a Tick is due at once.</summary>
    private uint MarginWork => _firstValuation | _firstLiquidation | _firstSettlement;

    /// <summary>From the instrument's youngest position on; again from there when it is on its way already.</summary>
    private void QueueValuation(uint instrumentId)
    {
        ref PositionTerms terms = ref _positionTerms[instrumentId];
        terms.Cursor = terms.FirstPosition;
        if (terms.Queued != 0)
        {
            return;
        }

        terms.Queued = 1;
        if (_lastValuation == 0)
        {
            _firstValuation = instrumentId;
        }
        else
        {
            _positionTerms[_lastValuation].NextInQueue = instrumentId;
        }

        _lastValuation = instrumentId;
    }

    private void ContinueValuations(ref uint budget)
    {
        while (_firstValuation != 0)
        {
            ref PositionTerms terms = ref _positionTerms[_firstValuation];
            for (; terms.Cursor != 0; terms.Cursor = _positions[terms.Cursor].NextOfInstrument)
            {
                if (budget == 0)
                {
                    return;
                }

                budget--;
                Value(terms.Cursor);
                Review(_positions[terms.Cursor].AccountId);
            }

            uint next = terms.NextInQueue;
            terms.Queued = 0;
            terms.NextInQueue = 0;
            _firstValuation = next;
            _lastValuation = next == 0 ? 0 : _lastValuation;
        }
    }

    private ref MarginLevels LevelsOf(uint accountId) =>
        ref (_marginAccounts[accountId].Levels.Own != 0 ? ref _marginAccounts[accountId].Levels : ref _marginLevels);

    private bool IsBelow(uint accountId, Int128 equity, uint level) =>
        equity * Millionths < _marginAccounts[accountId].Maintenance * level;

    /// <summary>Compares an account's equity with its levels.</summary>
    private void Review(uint accountId)
    {
        ref MarginAccount account = ref _marginAccounts[accountId];
        if (account.State == MarginState.Liquidating)
        {
            return;
        }

        Int128 equity = EquityOf(accountId);
        ref MarginLevels levels = ref LevelsOf(accountId);
        if (IsBelow(accountId, equity, levels.StopOut))
        {
            account.State = MarginState.Liquidating;
            _accounts[accountId].Margin |= AccountMargin.Liquidating;
            QueueLiquidation(accountId);
            WriteMarginState(LiquidationStartedBlock.TemplateId, accountId, equity);
        }
        else if (IsBelow(accountId, equity, levels.Call))
        {
            if (account.State == MarginState.Sound)
            {
                account.State = MarginState.Called;
                WriteMarginState(MarginCallBlock.TemplateId, accountId, equity);
            }
        }
        else if (account.State == MarginState.Called)
        {
            account.State = MarginState.Sound;
            WriteMarginState(MarginRestoredBlock.TemplateId, accountId, equity);
        }
    }

    /// <summary>The four messages about an account's margin are laid out alike.</summary>
    private LiquidationEndedBlock* WriteMarginState(ushort templateId, uint accountId, Int128 equity)
    {
        ref MarginAccount account = ref _marginAccounts[accountId];
        var block = (LiquidationEndedBlock*)_writer.Next(templateId, LiquidationEndedBlock.BlockLength, 0, 0);
        block->Equity = Clamp(equity);
        block->Maintenance = Clamp(account.Maintenance);
        block->Initial = Clamp(account.Initial);
        block->LiquidatedAccountId = accountId;
        return block;
    }

    private static long Clamp(Int128 value) => (long)Int128.Clamp(value, -long.MaxValue, long.MaxValue);

    private void QueueLiquidation(uint accountId)
    {
        Enqueue(accountId);
        for (uint row = _accounts[accountId].FirstPosition; row != 0; row = _positions[row].NextOfAccount)
        {
            _positions[row].Tried = 0;
        }
    }

    private void Enqueue(uint accountId)
    {
        if (_lastLiquidation == 0)
        {
            _firstLiquidation = accountId;
        }
        else
        {
            _marginAccounts[_lastLiquidation].NextInQueue = accountId;
        }

        _lastLiquidation = accountId;
    }

    private void ContinueLiquidations(ref uint budget)
    {
        while (_firstLiquidation != 0 && budget != 0 && LiquidateFurther(_firstLiquidation, ref budget))
        {
        }
    }

    /// <summary>One step of the oldest liquidation: its orders first, then its positions, then its debts; false: go on later.</summary>
    private bool LiquidateFurther(uint accountId, ref uint budget)
    {
        var job = new CancelJob { AccountId = accountId, Reason = CancelReason.Liquidation, Era = uint.MaxValue };
        if (!CancelChain(ref job, _accounts[accountId].FirstOwner, false, ref budget)
            || budget != Limits.MaxFillsPerCommand)
        {
            // Each further step has a whole command's budget, so that the events of a Tick stay within their bound.
            return false;
        }

        bool recovered = !IsBelow(accountId, EquityOf(accountId), LevelsOf(accountId).StopOut);
        bool isOpen = IsOpenOnMargin(accountId);
        if (!recovered || !isOpen)
        {
            uint row = isOpen ? WorstPosition(accountId) : DebtOf(accountId);
            if (row != 0)
            {
                budget = 0;
                if (isOpen)
                {
                    CloseByForce(accountId, row);
                }
                else
                {
                    CoverDebt(row);
                }

                return false;
            }
        }

        EndLiquidation(accountId, isOpen, recovered);
        budget--;
        return true;
    }

    private bool IsOpenOnMargin(uint accountId)
    {
        bool isOpen = false;
        for (uint row = _accounts[accountId].FirstPosition; row != 0; row = _positions[row].NextOfAccount)
        {
            isOpen |= _positions[row].NetLots != 0 && IsOnMargin(_instruments + _positions[row].InstrumentId);
        }

        return isOpen;
    }

    /// <summary>The youngest position that owes something and whose debt was not seen to yet; 0 = none.</summary>
    private uint DebtOf(uint accountId)
    {
        uint row = _accounts[accountId].FirstPosition;
        while (row != 0 && (_positions[row].Unsettled >= 0 || _positions[row].Tried == DebtTried))
        {
            row = _positions[row].NextOfAccount;
        }

        return row;
    }

    /// <summary>The open position with the largest loss that was not tried yet; at equal losses the lower instrument, long first.</summary>
    private uint WorstPosition(uint accountId)
    {
        uint worst = 0;
        for (uint row = _accounts[accountId].FirstPosition; row != 0; row = _positions[row].NextOfAccount)
        {
            ref PositionRecord position = ref _positions[row];
            bool concerned = position.NetLots != 0 && position.Tried == 0 && IsOnMargin(_instruments + position.InstrumentId);
            if (concerned && (worst == 0 || IsWorse(in position, in _positions[worst])))
            {
                worst = row;
            }
        }

        return worst;
    }

    private static bool IsWorse(in PositionRecord position, in PositionRecord other) =>
        position.Unrealised != other.Unrealised
            ? position.Unrealised < other.Unrealised
            : position.Key >> 32 < other.Key >> 32;

    /// <summary>An order of the venue in the account's name: reduce-only, at any price, at once or not at all.</summary>
    private void CloseByForce(uint accountId, uint row)
    {
        ref PositionRecord position = ref _positions[row];
        position.Tried = CloseTried;
        uint instrumentId = position.InstrumentId;
        Instrument* instrument = _instruments + instrumentId;
        uint side = position.NetLots > 0 ? 1u : 0u;
        if (!_slots.HasRoom || instrument->Status != TradingStatus.Open || _books.SideOf(instrumentId, side ^ 1).BestPage == 0)
        {
            return;
        }

        uint slot = _slots.Take();
        OrderRecord* order = Record(slot);
        order->Resting.OpenLots = Math.Abs(position.NetLots);
        order->Resting.AccountId = accountId;
        order->Resting.Side = (byte)side;
        order->Resting.SelfTradePrevention = 0;
        order->Resting.PostOnly = 0;
        order->Resting.Marks = OrderMarks.Reduces | (position.Leg != 0 ? OrderMarks.ShortLeg : OrderMarks.None);
        order->Price = side == 0 ? instrument->MaxPrice : instrument->MinPrice;
        order->FilledLots = 0;
        order->InstrumentId = instrumentId;
        order->OwnerPlace = 0;
        order->ClientIdEntry = 0;
        order->Era = _era;
        AddOpen(ref position, side, order->Resting.OpenLots, instrument->Notional(order->Price, order->Resting.OpenLots));
        ActFor(accountId);
        WriteForced(order, slot);
        Execute(instrument, slot, order->Price ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1), TimeInForce.ImmediateOrCancel);
        _writer.Resume();
    }

    private void WriteForced(OrderRecord* order, uint slot)
    {
        var block = (OrderAcceptedBlock*)_writer.Next(
            OrderAcceptedBlock.TemplateId, OrderAcceptedBlock.BlockLength, order->InstrumentId, 0);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->Price = order->Price;
        block->Quantity = order->Resting.OpenLots;
        block->Side = (Side)order->Resting.Side;
        block->TimeInForce = TimeInForce.ImmediateOrCancel;
        block->ReduceOnly = 1;
        block->PositionEffect = EffectOf(order);
    }

    /// <summary>Until Resume, events name this account and its firm and no session.</summary>
    private void ActFor(uint accountId)
    {
        CommandEnvelope* scratch = _scratch.Pointer + 1;
        *scratch = *_writer.Origin;
        scratch->AccountId = accountId;
        scratch->FirmId = _accounts[accountId].FirmId;
        scratch->SessionId = 0;
        scratch->SessionSequence = 0;
        scratch->UserId = 0;
        _writer.ActAs(scratch);
    }

    private void EndLiquidation(uint accountId, bool isOpen, bool recovered)
    {
        ref MarginAccount account = ref _marginAccounts[accountId];
        _firstLiquidation = account.NextInQueue;
        _lastLiquidation = _firstLiquidation == 0 ? 0 : _lastLiquidation;
        account.NextInQueue = 0;
        account.State = isOpen ? MarginState.Called : MarginState.Sound;
        _accounts[accountId].Margin &= ~AccountMargin.Liquidating;
        LiquidationEndedBlock* block = WriteMarginState(LiquidationEndedBlock.TemplateId, accountId, EquityOf(accountId));
        block->Result = !isOpen ? LiquidationResult.Closed
            : recovered ? LiquidationResult.Recovered : LiquidationResult.Unfilled;
    }

    /// <summary>Nothing is open any more: a debt is paid from what is left, in any currency, then by the insurance fund.</summary>
    private void CoverDebt(uint row)
    {
        ref PositionRecord position = ref _positions[row];
        position.Tried = DebtTried;
        Instrument* instrument = _instruments + position.InstrumentId;
        SettleProfit(instrument, ref position, PostingReason.Profit, 0);
        for (uint i = 0; i < _collateralCount && position.Unsettled < 0; i++)
        {
            Convert(instrument, ref position, _collateral[i]);
        }

        if (position.Unsettled < 0 && LevelsOf(position.AccountId).Protected != 0)
        {
            PayFromInsurance(instrument, ref position);
        }

        Value(row);
    }

    /// <summary>
    /// Clearing takes another currency at its reference price and forgets as much of the debt: what it takes is rounded up,
    /// what it forgets down, so the difference stays with it.
    /// </summary>
    private void Convert(Instrument* instrument, ref PositionRecord position, uint currencyId)
    {
        long available = AvailableOf(position.AccountId, currencyId);
        ref CollateralPrice given = ref _collateralPrices[currencyId];
        ref CollateralPrice owed = ref _collateralPrices[instrument->QuoteCurrencyId];
        long amount = Math.Min(available, given.AmountFor(owed.CostOf(-position.Unsettled)));
        if (amount <= 0)
        {
            return;
        }

        uint clearing = SystemAccountFor(position.AccountId, AccountKind.Clearing);
        var movement = new Ledger.Movement(position.AccountId, clearing, currencyId, amount);
        if (_systemAccounts.HasRoomFor(EnvironmentOf(position.AccountId), in movement))
        {
            Post(PostingReason.Conversion, in movement, 0, null);
            position.Unsettled += Math.Min(-position.Unsettled, owed.AmountWithin(given.ValueOf(amount)));
        }
    }

    private void PayFromInsurance(Instrument* instrument, ref PositionRecord position)
    {
        var movement = new Ledger.Movement(
            SystemAccountFor(position.AccountId, AccountKind.InsuranceFund),
            SystemAccountFor(position.AccountId, AccountKind.Clearing),
            instrument->QuoteCurrencyId,
            -position.Unsettled);
        if (TryPost(PostingReason.Insurance, in movement, position.AccountId, null) == RejectReason.None)
        {
            position.Unsettled = 0;
        }
    }
}
