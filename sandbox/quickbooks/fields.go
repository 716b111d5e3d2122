package quickbooks

import (
	"fmt"
	"strings"
)

// Known properties of each entity, as the published schema names them
// (Intuit's Finance.xsd, IntuitNamesTypes.xsd, IntuitBaseTypes.xsd). Anything
// else in a request body is fault 2010.
const (
	fieldsBase = "Id SyncToken MetaData CustomField AttachableRef domain status sparse "

	fieldsTxn = fieldsBase + "DocNumber TxnDate TxnSubType DepartmentRef CurrencyRef ExchangeRate PrivateNote TxnStatus " +
		"LinkedTxn Line TxnTaxDetail TxnSource TaxFormType TaxFormNum TransactionLocationType Tag TxnApprovalInfo " +
		"RecurDataRef RecurringInfo ProjectRef TotalCostAmount HomeTotalCostAmount "

	fieldsSales = fieldsTxn + "AutoDocNumber CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr " +
		"RemitToRef ClassRef SalesTermRef DueDate SalesRepRef PONumber FOB ShipMethodRef ShipDate TrackingNum " +
		"GlobalTaxCalculation TotalAmt HomeTotalAmt ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef " +
		"PrintStatus EmailStatus BillEmail BillEmailCc BillEmailBcc ARAccountRef Balance HomeBalance FinanceCharge " +
		"PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DepositToAccountRef DeliveryInfo " +
		"DiscountRate DiscountAmt GovtTxnRefIdentifier TaxExemptionRef "

	fieldsInvoice = fieldsSales + "Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment " +
		"AllowOnlineACHPayment AllowOnlinePayPalPayment AllowOnlineAffirmPayment EInvoiceStatus ECloudStatusTimeStamp " +
		"CfdiUse Exportation GlobalInfo invoiceStatus callToAction invoiceStatusLog InvoiceEx LessCIS InvoiceLink " +
		"PaymentDetailsMessage ConvenienceFeeDetail EnabledSurchargeInfo InvoiceLinkSecurityCode InvoiceLinkExpiryDate " +
		"AutoPayEligible SchedulePayEligible ScheduledPaymentId GratuityEnabled FinancingProductType " +
		"SubscriptionPaymentsSetting TxnRetainageDetail"
	fieldsCreditMemo    = fieldsSales + "RemainingCredit InvoiceRef CreditMemoEx"
	fieldsSalesReceipt  = fieldsSales + "SalesReceiptEx LessCIS"
	fieldsRefundReceipt = fieldsSales + "RemainingCredit RefundReceiptEx"
	fieldsEstimate      = fieldsSales + "ExpirationDate AcceptedBy AcceptedDate EstimateEx"

	fieldsPayment = fieldsTxn + "CustomerRef RemitToRef ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum " +
		"PaymentType CheckPayment CreditCardPayment TotalAmt UnappliedAmt ProcessPayment PaymentExtendedType PaymentEx"
	fieldsPurchase = fieldsTxn + "AccountRef PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment " +
		"EntityRef Credit RemitToAddr TotalAmt Memo PrintStatus GlobalTaxCalculation PurchaseEx LessCIS IncludeInAnnualTPAR"
	fieldsTransfer = fieldsTxn + "FromAccountRef ToAccountRef Amount ClassRef TransferEx"
	fieldsDeposit  = fieldsTxn + "DepositToAccountRef CashBack GlobalTaxCalculation TotalAmt HomeTotalAmt DepositEx"
	fieldsJournal  = fieldsTxn + "Adjustment HomeCurrencyAdjustment EnteredInHomeCurrency GlobalTaxCalculation TotalAmt " +
		"HomeTotalAmt JournalEntryEx"
	fieldsOther = fieldsTxn + "VendorRef VendorAddr APAccountRef TotalAmt Balance DueDate SalesTermRef PayType CheckPayment " +
		"CreditCardPayment GlobalTaxCalculation HomeBalance HomeTotalAmt BillEx BillPaymentEx"

	fieldsName = fieldsBase + "IntuitId Organization Title GivenName MiddleName FamilyName Suffix FullyQualifiedName " +
		"CompanyName DisplayName PrintOnCheckName UserId Active V4IDPseudonym PrimaryPhone AlternatePhone Mobile Fax " +
		"PrimaryEmailAddr WebAddr OtherContactInfo DefaultTaxCodeRef "
	fieldsCustomer = fieldsName + "Taxable BillAddr ShipAddr OtherAddr ContactName AltContactName Notes Job BillWithParent " +
		"RootCustomerRef ParentRef Level CustomerTypeRef SalesTermRef SalesRepRef TaxGroupCodeRef TaxRateRef PaymentMethodRef " +
		"CCDetail PriceLevelRef Balance OpenBalanceDate BalanceWithJobs CreditLimit AcctNum CurrencyRef OverDueBalance " +
		"TotalRevenue TotalExpense PreferredDeliveryMethod ResaleNum JobInfo TDSEnabled CustomerEx SecondaryTaxIdentifier " +
		"ARAccountRef PrimaryTaxIdentifier TaxExemptionReasonId IsProject BusinessNumber GSTIN GSTRegistrationType " +
		"IsCISContractor ClientCompanyId ClientEntityId Source TaxRegime"
	fieldsVendor = fieldsName + "ContactName AltContactName Notes BillAddr ShipAddr OtherAddr TaxCountry TaxIdentifier " +
		"TaxIdEffectiveDate BusinessNumber ParentRef VendorTypeRef TermRef PrefillAccountRef Balance BillRate OpenBalanceDate " +
		"CreditLimit AcctNum Vendor1099 T4AEligible T5018Eligible CurrencyRef TDSEnabled TDSEntityTypeId TDSSectionTypeId " +
		"TDSOverrideThreshold TaxReportingBasis APAccountRef VendorEx GSTIN GSTRegistrationType IsSubContractor " +
		"SubcontractorType CISRate HasTPAR VendorPaymentBankDetail Source CostRate AgencyVerificationStatus " +
		"AgencyVerificationStatusMsg AgencyVerificationTSUTC CompanyRegistrationNumber"
	fieldsEmployee = fieldsName + "BillableTime BirthDate HiredDate ReleasedDate SSN PrimaryAddr EmployeeNumber"
	fieldsAccount  = fieldsBase + "Name SubAccount ParentRef Description FullyQualifiedName AccountAlias TxnLocationType Active " +
		"Classification AccountType AccountSubType AccountPurposes AcctNum AcctNumExtn BankNum OpeningBalance " +
		"OpeningBalanceDate CurrentBalance CurrentBalanceWithSubAccounts CurrencyRef TaxAccount TaxCodeRef " +
		"OnlineBankingEnabled FIName JournalCodeRef AccountEx"
	fieldsItem = fieldsBase + "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable SalesTaxIncluded " +
		"PercentBased UnitPrice RatePercent Type PaymentMethodRef UOMSetRef IncomeAccountRef PurchaseDesc " +
		"PurchaseTaxIncluded PurchaseCost ExpenseAccountRef COGSAccountRef AssetAccountRef PrefVendorRef AvgCost " +
		"TrackQtyOnHand QtyOnHand QtyOnPurchaseOrder QtyOnSalesOrder ReorderPoint ManPartNum DepositToAccountRef " +
		"SalesTaxCodeRef PurchaseTaxCodeRef InvStartDate BuildPoint PrintGroupedItems SpecialItem SpecialItemType " +
		"ItemGroupDetail ItemAssemblyDetail AbatementRate ReverseChargeRate ServiceType ItemCategoryType ItemEx " +
		"TaxClassificationRef UQCDisplayText UQCId ClassRef Source DeferredRevenue CustomExtensions"
	fieldsTerm = fieldsBase + "Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays " +
		"DiscountDayOfMonth SalesTermEx"
	fieldsPaymentMethod = fieldsBase + "Name Active Type PaymentMethodEx"
	fieldsCompanyInfo   = fieldsBase + "CompanyName LegalName CompanyAddr CustomerCommunicationAddr LegalAddr CompanyEmailAddr " +
		"CustomerCommunicationEmailAddr CompanyURL PrimaryPhone OtherContactInfo CompanyFileName FlavorStratum SampleFile " +
		"CompanyUserId CompanyUserAdminEmail CompanyStartDate EmployerId FiscalYearStartMonth TaxYearStartMonth QBVersion " +
		"Country ShipAddr OtherAddr Mobile Fax Email WebAddr LastImportedTime LastSyncTime SupportedLanguages " +
		"DefaultTimeZone MultiByteCharsSupported NameValue FifoCalculationStatus CompanyInfoEx"
	fieldsPreferences = fieldsBase + "AccountingInfoPrefs AdvancedInventoryPrefs ProductAndServicesPrefs SalesFormsPrefs " +
		"EmailMessagesPrefs PrintDocumentPrefs VendorAndPurchasesPrefs TimeTrackingPrefs TaxPrefs FinanceChargesPrefs " +
		"CurrencyPrefs ReportPrefs OtherPrefs"

	fieldsClass           = fieldsBase + "Name SubClass ParentRef FullyQualifiedName Active ClassEx"
	fieldsDepartment      = fieldsBase + "Name SubDepartment ParentRef FullyQualifiedName Active DepartmentEx Address"
	fieldsCompanyCurrency = fieldsBase + "Code Name Active CompanyCurrencyEx"
	fieldsTaxAgency       = fieldsVendor + " SalesTaxCodeRef SalesTaxCountry SalesTaxReturnRef TaxRegistrationNumber ReportingPeriod " +
		"TaxTrackedOnPurchases TaxOnPurchasesAccountRef TaxTrackedOnSales TaxTrackedOnSalesAccountRef TaxOnTax LastFileDate " +
		"TaxAgencyExt TaxAgencyConfig"
	fieldsTaxRate = fieldsBase + "Name Description Active RateValue AgencyRef TaxReturnLineRef EffectiveTaxRate SpecialTaxType " +
		"DisplayType TaxRateEx OriginalTaxRate"
	fieldsTaxCode = fieldsBase + "Name Description Active Hidden Taxable TaxGroup SalesTaxRateList PurchaseTaxRateList " +
		"AdjustmentTaxRateList TaxCodeEx TaxCodeConfigType"
	fieldsExchangeRate = fieldsBase + "SourceCurrencyCode TargetCurrencyCode Rate AsOfDate ExchangeRateEx"
	fieldsAttachable   = fieldsBase + "FileName FileAccessUri TempDownloadUri Size ContentType Category Lat Long PlaceName Note " +
		"Tag ThumbnailFileAccessUri ThumbnailTempDownloadUri AttachableEx documentId"

	fieldsLine = "Id LineNum Description Amount Received LinkedTxn DetailType PaymentLineDetail DiscountLineDetail " +
		"TaxLineDetail SalesItemLineDetail DescriptionLineDetail ItemBasedExpenseLineDetail AccountBasedExpenseLineDetail " +
		"ReimburseLineDetail DepositLineDetail PurchaseOrderItemLineDetail SalesOrderItemLineDetail ItemReceiptLineDetail " +
		"JournalEntryLineDetail GroupLineDetail SubTotalLineDetail TDSLineDetail ItemAdjustmentLineDetail CustomField " +
		"LineEx ProjectRef CostAmount HomeCostAmount CustomExtensions"
)

// nestedClass names the type of a nested property and what it may hold, for
// those that clients send most (IntuitBaseTypes.xsd, Finance.xsd). "" for
// others, which are not looked into.
func nestedClass(name string) (class, fields string) {
	switch name {
	case "BillAddr", "ShipAddr", "ShipFromAddr", "RemitToAddr", "OtherAddr", "CompanyAddr", "LegalAddr", "CustomerCommunicationAddr":
		return "PhysicalAddress", "Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode PostalCode " +
			"PostalCodeSuffix Lat Long Tag Note"
	case "BillEmail", "BillEmailCc", "BillEmailBcc", "PrimaryEmailAddr":
		return "EmailAddress", "Id Address Default Tag"
	case "PrimaryPhone", "AlternatePhone", "Mobile", "Fax":
		return "TelephoneNumber", "Id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default Tag"
	case "CustomerMemo":
		return "MemoRef", "value id name"
	case "LinkedTxn":
		return "LinkedTxn", "TxnId TxnType TxnLineId"
	case "SalesItemLineDetail":
		return "SalesItemLineDetail", fieldsItemDetail + "MarkupInfo TaxCodeRef ServiceDate TaxInclusiveAmt DiscountRate DiscountAmt " +
			"SalesItemLineDetailEx DeferredRevenue TaxClassificationRef RetainageAmount UnitCostPrice"
	case "AccountBasedExpenseLineDetail":
		return "AccountBasedExpenseLineDetail", "CustomerRef ClassRef AccountRef BillableStatus MarkupInfo TaxAmount TaxCodeRef TaxInclusiveAmt ExpenseDetailLineDetailEx"
	case "TxnTaxDetail":
		return "TxnTaxDetail", "DefaultTaxCodeRef TxnTaxCodeRef TotalTax TaxReviewStatus TaxLine UseAutomatedSalesTax"
	}
	if strings.HasSuffix(name, "Ref") && name != "AttachableRef" {
		return "ReferenceType", "value name type"
	}
	return "", ""
}

const fieldsItemDetail = "ItemRef ClassRef UnitPrice RatePercent PriceLevelRef Qty UOMRef ItemAccountRef InventorySiteRef "

// checkNested refuses properties that the objects in a value do not have.
func checkNested(name string, raw []byte) *Fault {
	class, fields := nestedClass(name)
	if class == "" && name != "Line" && name != "TaxLine" && !strings.HasSuffix(name, "Detail") {
		return nil
	}
	for object := range objects(raw) {
		for inner, value := range members(object) {
			if class != "" && !hasWord(fields, string(inner)) {
				return unknownProperty(string(inner), class, fields)
			}
			if fault := checkNested(string(inner), value); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// hasWord tells whether a list of words with a space between them has one.
func hasWord(words, word string) bool {
	for word != "" {
		i := strings.Index(words, word)
		if i < 0 {
			return false
		}
		end := i + len(word)
		if (i == 0 || words[i-1] == ' ') && (end == len(words) || words[end] == ' ') {
			return true
		}
		words = words[end:]
	}
	return false
}

// listedProperties is how many names the detail of a fault 2010 shows before
// it says that it is cut off, as in the recorded answer.
const listedProperties = 59

func fieldSet(names string) map[string]bool {
	set := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		set[n] = true
	}
	return set
}

// checkKnown refuses properties the entity or its lines do not have.
func (k *kind) checkKnown(d *document) *Fault {
	for _, f := range d.fields {
		if !k.known[f.name] {
			return unknownProperty(f.name, k.name, k.fields)
		}
	}
	for line := range elements(d.get("Line")) {
		for name := range members(line) {
			if !k.lineKnown[string(name)] {
				return unknownProperty(string(name), "Line", fieldsLine)
			}
		}
	}
	for _, f := range d.fields {
		if fault := checkNested(f.name, f.raw); fault != nil {
			return fault
		}
	}
	return nil
}

func unknownProperty(name, class, fields string) *Fault {
	all := strings.Fields(fields)
	shown, tail := all, ""
	if len(all) > listedProperties {
		shown, tail = all[:listedProperties], " [truncated]"
	}
	list := `"` + strings.Join(shown, `", "`) + `"`
	return faultMalformed(fmt.Sprintf("Unrecognized field %q (class com.intuit.schema.finance.v3.%s), not marked as ignorable (%d known properties: %s%s])\n",
		name, class, len(all), list, tail))
}
